using System.Text.Json;
using System.Text.Json.Nodes;
using Studio.Testing;
using Studio.Training.Checkpoints;
using Studio.Training.Layers;
using Studio.Training.Verification;
using static TorchSharp.torch;

namespace Studio.Training.Tests.Golden;

/// <summary>The set <c>smollm2</c>: the bundled model, read from its quantised file, against the reference in fp32.</summary>
public sealed class SmolLm2GoldenTests(SmolLm2GoldenTests.Bundled bundled) : IClassFixture<SmolLm2GoldenTests.Bundled>
{
    private const string Set = "smollm2";

    public static IEnumerable<object[]> Cases => GoldenFolder.Rows(Generation().Select(c => c!["name"]!.GetValue<string>()));

    [SkippableTheory]
    [MemberData(nameof(Cases))]
    public void Logits_and_greedy_tokens_match(string name)
    {
        Skip.If(name.Length == 0, $"the set {Set} is not in {GoldenFolder.Root}");
        Skip.If(bundled.Model is null, $"{Set}: the bundled model is not in the repository");
        Skip.IfNot(GoldenFolder.Has(Set, "logits.safetensors"), $"{Set}: logits.safetensors is not in {GoldenFolder.Root}");
        var model = bundled.Model!.Model;
        var entry = Generation().Single(c => c!["name"]!.GetValue<string>() == name)!;
        var prompt = Ids(entry["ids"]);

        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        using var logits = SafeTensorsFile.Open(GoldenFolder.Under(Set, "logits.safetensors"));
        var expected = logits.Read($"logits_last3.{name}");
        var hidden = model.Hidden(new ForwardInput(tensor(prompt).unsqueeze(0)));
        var difference = (model.Head(hidden.narrow(1, prompt.Length - 3, 3)).squeeze(0) - expected).abs().max().item<float>();
        Assert.True(difference <= 2e-3, $"{Set}/{name}: logits differ by {difference:g3}");

        var greedy = Ids(entry["greedy"]);
        // After a near tie another order of sums may choose differently.
        var certain = entry["first_margin_below_0.01"] is JsonValue step && step.GetValueKind() == JsonValueKind.Number ? Math.Min(greedy.Length, step.GetValue<int>()) : greedy.Length;
        Assert.Equal(greedy.Take(certain), GreedyDecoder.Run(model, prompt, greedy.Length).Take(certain));
    }

    private static JsonArray Generation() => GoldenFolder.Has(Set, "generation.json")
        ? JsonNode.Parse(File.ReadAllText(GoldenFolder.Under(Set, "generation.json")))!.AsArray() : [];

    private static long[] Ids(JsonNode? node) => [.. node!.AsArray().Select(i => i!.GetValue<long>())];

    /// <summary>The bundled model, loaded once for all cases.</summary>
    public sealed class Bundled : IDisposable
    {
        public Bundled()
        {
            var folder = RepositoryRoot.Under("samples", "models", "smollm2-135m-instruct");
            Model = Directory.Exists(folder) && Directory.GetFiles(folder, "*.gguf").FirstOrDefault() is { } path ? PretrainedModel.Load(path) : null;
        }

        public PretrainedModel? Model { get; }

        public void Dispose() => Model?.Dispose();
    }
}
