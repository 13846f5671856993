using Studio.Testing;
using Studio.Training.Batching;
using Studio.Training.Checkpoints;
using Studio.Training.Methods;
using static TorchSharp.torch;

namespace Studio.Training.Tests.Methods;

public sealed class TokenLossGoldenTests
{
    public static IEnumerable<object[]> Cases => GoldenJson.Rows("losses", "cases.json", j => j["cases"]!.AsArray(), (c, _) => $"{c["group"]}/{c["name"]}")
        .Where(r => (int)r[0] < 0 || ((string)r[1]).StartsWith("sft", StringComparison.Ordinal) || ((string)r[1]).StartsWith("neftune", StringComparison.Ordinal));

    [SkippableTheory]
    [MemberData(nameof(Cases))]
    public void Loss_metrics_and_gradient_are_the_reference(int index, string name)
    {
        Skip.If(index < 0, name);
        var test = GoldenJson.Read("losses", "cases.json")["cases"]![index]!;
        using var scope = NewDisposeScope();
        using var file = SafeTensorsFile.Open(GoldenFolder.Under("losses", (string)test["file"]!));
        var prefix = (string)test["name"]!;
        if ((string)test["group"]! == "neftune")
        {
            var rows = file.Read($"{prefix}/in.embeddings");
            Assert.Equal(file.Read($"{prefix}/out.magnitude").item<float>(), Neftune.Magnitude((double)test["options"]!["alpha"]!, rows.shape[1], rows.shape[2]), 1e-6);
            return;
        }

        var logits = file.Read($"{prefix}/in.logits");
        var labels = file.Read($"{prefix}/in.labels").to_type(ScalarType.Int64);
        var (width, vocabulary) = (labels.shape[1], logits.shape[^1]);
        var flat = labels.flatten().data<long>().ToArray();
        long[] positions = [.. Enumerable.Range(0, flat.Length - 1).Where(i => (i + 1) % width != 0 && flat[i + 1] != Collation.Ignored).Select(i => (long)i)];
        long[] targets = [.. positions.Select(p => flat[p + 1])];
        Tensor? weights = null;
        if (file.Entries.ContainsKey($"{prefix}/in.weights"))
        {
            weights = file.Read($"{prefix}/in.weights").flatten().index_select(0, tensor(positions) + 1);
        }

        var options = test["options"]!;
        var divisor = (double?)options["num_items_in_batch"] ?? weights?.sum().item<float>() ?? positions.Length;
        var leaf = logits.reshape(-1, vocabulary).requires_grad_();
        var scored = leaf.index_select(0, tensor(positions));
        var result = TokenLoss.Compute(h => h.mul(1), scored, tensor(targets), weights, divisor, new TokenLossOptions((string?)options["loss_type"] == "dft", (double?)options["label_smoothing"] ?? 0, Entropy: true), wantGradient: true);
        var loss = TokenLoss.Attach(scored, result);
        loss.backward();
        var expected = (double)test["loss"]!;
        Assert.Equal(expected, loss.item<float>(), 2e-5 * Math.Max(1, Math.Abs(expected)));
        var gradient = file.Read($"{prefix}/out.grad_logits").reshape(-1, vocabulary);
        Assert.True((gradient - leaf.grad!).abs().max().item<float>() <= 1e-4 * gradient.abs().max().item<float>());
        if (test["metrics"]!["entropy"] is { } entropy)
        {
            Assert.Equal((double)entropy, result.EntropySum / result.Count, 1e-4);
            Assert.Equal((double)test["metrics"]!["mean_token_accuracy"]!, result.Accuracy, 1e-4);
        }
    }
}
