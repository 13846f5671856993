using System.Text.Json;
using Studio.Data;
using Studio.Data.Evaluation;
using Studio.Data.Jobs;
using Studio.Testing;
using Studio.Training.Checkpoints;
using Studio.Training.Evaluation;
using Studio.Training.Exporters;
using Studio.Training.Loop;
using Studio.Training.Lora;
using static TorchSharp.torch;

namespace Studio.Training.Tests.Evaluation;

/// <summary>A whole evaluation of a changed adapter on the tiny model.</summary>
public sealed class EvaluationRunTests : IDisposable
{
    private readonly string root = Directory.CreateTempSubdirectory("evaluation-").FullName;

    public void Dispose() => Directory.Delete(root, recursive: true);

    [SkippableFact]
    public async Task TwoSuitesWithAnAdapterAndGoingOnAfterAKill()
    {
        Skip.IfNot(GoldenFolder.Has("trajectories", "base", "config.json"), "trajectories/base is not in the golden folder.");
        WriteAdapter();
        File.WriteAllLines(Path.Combine(root, "mc.jsonl"), Enumerable.Range(0, 20).Select(i =>
            $$"""{"id":"q{{i}}","subject":"{{(i % 2 == 0 ? "even" : "odd")}}","question":"w{{10 + i}} w{{30 + i}}","choices":["w{{40 + i}}","w{{50 + i}} w9"],"answer":"{{(i % 3 == 0 ? "A" : "B")}}"}"""));
        File.WriteAllLines(Path.Combine(root, "prompts.jsonl"), Enumerable.Range(0, 5).Select(i => $$"""{"prompt":"w{{10 + i}} w{{20 + i}}"}"""));
        WriteSpec(new SuiteUse("multiple_choice") { Items = "mc.jsonl", Shots = 1 }, new SuiteUse("stop_rate") { Items = "prompts.jsonl", MaxTokens = 4 });

        var first = (await RunAsync())!;
        var acc = first.Find("multiple_choice", "acc")!;
        Assert.Equal(20, acc.N);
        Assert.InRange(acc.Value, acc.Low!.Value, acc.High!.Value);
        Assert.NotNull(acc.BaseValue);
        Assert.InRange(acc.PairedP!.Value, 0, 1);
        Assert.Equal(10, first.Find("multiple_choice", "acc", "odd")!.N);
        Assert.Equal(5, first.Find("stop_rate", "answer_tokens")!.N);
        Assert.InRange(first.Find("stop_rate", "answer_tokens")!.Value, 1, 4);
        Assert.Equal(64, first.AdapterSha256!.Length);
        var items = Path.Combine(root, "items", "multiple_choice.jsonl");
        var lines = File.ReadAllLines(items);
        Assert.Equal(20, lines.Length);
        Assert.Contains(lines.Select(StudioJson.Deserialize<EvaluatedItem>), i => i.BaseAnswer is not null);
        var read = StudioJson.Deserialize<EvaluationResult>(File.ReadAllText(Path.Combine(root, "result.json")));
        Assert.Equal(first.Measures.Count, read.Measures.Count);

        // As a kill leaves it: some lines, the last one torn.
        File.WriteAllText(items, string.Join('\n', lines.Take(7)) + "\n" + lines[7][..20]);
        var second = (await RunAsync())!;
        Assert.Equal(lines.Order(StringComparer.Ordinal), File.ReadAllLines(items).Order(StringComparer.Ordinal));
        Assert.Equal(acc, second.Find("multiple_choice", "acc"));
        Assert.Equal(first.SuiteHashes, second.SuiteHashes);
    }

    [SkippableFact]
    public async Task AModelOfItsOwnIsComparedWithTheOneItBeganFrom()
    {
        Skip.IfNot(GoldenFolder.Has("trajectories", "base", "config.json"), "trajectories/base is not in the golden folder.");
        var whole = WriteWholeModel();
        File.WriteAllLines(Path.Combine(root, "mc.jsonl"), Enumerable.Range(0, 12).Select(i =>
            $$"""{"id":"q{{i}}","question":"w{{10 + i}} w{{30 + i}}","choices":["w{{40 + i}}","w{{50 + i}} w9"],"answer":"{{(i % 3 == 0 ? "A" : "B")}}"}"""));
        var suite = new SuiteUse("multiple_choice") { Items = "mc.jsonl" };
        WriteSpec(suite);
        var alone = (await RunAsync())!;

        Start();
        WriteSpec(new ModelReference("f", "whole", whole), new ModelReference("m", "tiny", Base), suite);
        var compared = (await RunAsync())!;
        var (acc, of) = (compared.Find("multiple_choice", "acc")!, alone.Find("multiple_choice", "acc")!);
        Assert.Equal((of.Value, of.Low, of.High), (acc.BaseValue!.Value, acc.BaseLow, acc.BaseHigh));
        Assert.InRange(acc.PairedP!.Value, 0, 1);
        Assert.Equal(alone.BaseSha256, compared.BaseSha256);
        Assert.Equal(PretrainedModel.Hash([Path.Combine(whole, "model.safetensors")]), compared.AdapterSha256);
        var items = File.ReadAllLines(Path.Combine(root, "items", "multiple_choice.jsonl")).Select(StudioJson.Deserialize<EvaluatedItem>).ToList();
        Assert.Contains(items, i => !i.Scores.SequenceEqual(i.BaseScores!));

        // Whatever the cache keeps, the two are not taken for each other.
        Start();
        WriteSpec(new ModelReference("f", "whole", whole), null, suite);
        var bare = (await RunAsync())!.Find("multiple_choice", "acc")!;
        Assert.Equal((acc.Value, (double?)null), (bare.Value, bare.BaseValue));
    }

    [SkippableFact]
    public async Task ASuiteThatDoesNotExistIsRefusedWithThoseThatDo()
    {
        Skip.IfNot(GoldenFolder.Has("trajectories", "base", "config.json"), "trajectories/base is not in the golden folder.");
        WriteSpec(new SuiteUse("no_such_suite"));
        var fault = await Assert.ThrowsAsync<InvalidDataException>(RunAsync);
        Assert.Contains("no_such_suite", fault.Message, StringComparison.Ordinal);
        Assert.Contains("multiple_choice", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void EveryRunnerBelongsToASuiteAndReadsItsOwnItems()
    {
        foreach (var runner in SuiteRunners.All)
        {
            Assert.NotNull(EvaluationSuites.Find(runner.Name));
            Assert.Equal(runner.Suite.HasItems, runner.OwnItems is not null);
            if (runner.OwnItems is not null)
            {
                Assert.NotEmpty(SuiteRows.Read(runner, new SuiteUse(runner.Name), 42, path => path).Items);
            }
        }
    }

    private static string Base => GoldenFolder.Under("trajectories", "base");

    private void WriteAdapter()
    {
        using var model = PretrainedModel.Load(Base);
        using var adapter = LoraAdapter.Wrap(model.Model, new LoraConfig { R = 4, Alpha = 64 }, 1);
        using var quiet = no_grad();
        using var generator = new Generator(7, CPU);
        foreach (var (name, parameter) in adapter.Parameters())
        {
            if (name.Contains("lora_B", StringComparison.Ordinal))
            {
                parameter.normal_(0, 0.3, generator);
            }
        }

        AdapterFolder.Write(Path.Combine(root, "adapter"), adapter, null);
    }

    /// <summary>A copy of the tiny model with other weights, as full fine-tuning leaves it.</summary>
    private string WriteWholeModel()
    {
        var folder = Path.Combine(root, "whole");
        using var model = PretrainedModel.Load(Base);
        using var quiet = no_grad();
        using var generator = new Generator(11, CPU);
        foreach (var (_, parameter) in model.Model.named_parameters())
        {
            parameter.add_(randn(parameter.shape, generator: generator) * 0.3);
        }

        ModelFolder.Write(folder, model, card: null);
        return folder;
    }

    private void Start()
    {
        foreach (var folder in new[] { "items", "data" }.Select(f => Path.Combine(root, f)).Where(Directory.Exists))
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private void WriteSpec(params SuiteUse[] suites) => WriteSpec(new ModelReference("m", "tiny", Base), null, suites);

    private void WriteSpec(ModelReference model, ModelReference? reference, params SuiteUse[] suites)
    {
        var spec = new EvaluationSpec { EvaluationId = "e", BaseModel = model, ReferenceModel = reference, AdapterPath = Directory.Exists(Path.Combine(root, "adapter")) ? "adapter" : null, Suites = suites, Device = "cpu", BaseType = "fp32", CacheFolder = "cache" };
        File.WriteAllText(Path.Combine(root, "spec.json"), JsonSerializer.Serialize(spec, StudioJson.Indented));
    }

    private async Task<EvaluationResult?> RunAsync()
    {
        var folder = new JobFolder(root);
        using var events = new EventWriter(folder.Events, TimeProvider.System);
        using var stop = StopRequest.OfFolder(folder);
        return await new EvaluationRun(folder, events, TimeProvider.System).RunAsync(stop, CancellationToken.None);
    }
}
