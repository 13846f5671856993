using Studio.Data.Jobs;
using Studio.Data.Recipes;
using Studio.Training.Batching;
using Studio.Training.Checkpoints;
using Studio.Training.Lora;
using Studio.Training.Methods;
using Studio.Training.Tests.Generation;
using static TorchSharp.torch;

namespace Studio.Training.Tests.Loop;

public sealed class WideBatchTests
{
    [SkippableFact]
    public void A_wide_batch_in_pieces_gives_the_sum_of_its_documents()
    {
        TinyModel.SkipIfAbsent();
        using var scope = NewDisposeScope();
        using var model = TinyModel.Load();
        using var adapter = AdapterFolder.Load(model.Model, TinyModel.AdapterFolder);
        var random = new Random(3);
        List<LabelledTokens> rows = [.. Enumerable.Range(0, 30).Select(i =>
        {
            var ids = Enumerable.Range(0, 100).Select(_ => random.Next(7, 256)).ToArray();
            return new LabelledTokens(ids, i is 3 or 12 ? [.. ids.Select(_ => Collation.Ignored)] : ids);
        })];
        var (wide, wideGradients) = Loss(model, adapter, rows, 30);
        var (narrow, narrowGradients) = Loss(model, adapter, rows, 1);
        Assert.Equal(narrow, wide, 1e-5);
        foreach (var (a, b) in narrowGradients.Zip(wideGradients))
        {
            Assert.True((a - b).abs().max().item<float>() <= 1e-5 * Math.Max(1, a.abs().max().item<float>()));
        }
    }

    private static (double Loss, List<Tensor> Gradients) Loss(PretrainedModel model, LoraAdapter adapter, IReadOnlyList<LabelledTokens> rows, int batch)
    {
        var parameters = adapter.Modules.SelectMany(m => m.Tensors()).Select(t => t.Parameter).ToList();
        foreach (var parameter in parameters)
        {
            parameter.grad?.zero_();
        }

        var spec = new JobSpec
        {
            JobId = "wide",
            Name = "wide",
            BaseModel = new ModelReference("base", "base", ""),
            Recipe = new Recipe { Data = new DataOptions { Packing = false, Shuffle = false }, Optimization = new OptimizationOptions { PerDeviceTrainBatchSize = batch } },
        };
        using var method = new Sft(new MethodContext(spec, new JobFolder(Path.GetTempPath()), model, adapter, CPU));
        method.Use(rows, new PreparedData());
        using var window = new AccumulationWindow([.. method.Batches(0, 0)]);
        var total = 0.0;
        foreach (var one in window.Batches.Where(b => b.ScoredTokens > 0))
        {
            using var step = NewDisposeScope();
            var loss = method.Loss(one, window).Loss;
            total += loss.item<float>();
            loss.backward();
        }

        return (total, [.. parameters.Select(p => p.grad!.clone())]);
    }
}
