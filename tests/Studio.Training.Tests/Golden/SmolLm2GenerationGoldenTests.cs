using System.Text.Json.Nodes;
using Studio.Testing;
using Studio.Training.Checkpoints;
using Studio.Training.Generation;
using Studio.Training.Native;
using TorchSharp;

namespace Studio.Training.Tests.Golden;

/// <summary>Greedy answers of the bundled model through the engine that serves users, in fp32.</summary>
[Trait("Speed", "Slow")]
public sealed class SmolLm2GenerationGoldenTests
{
    private static string ModelPath => RepositoryRoot.Under("samples", "models", "smollm2-135m-instruct", "SmolLM2-135M-Instruct.Q4_1.gguf");

    [SkippableFact]
    public async Task Greedy_texts()
    {
        Skip.IfNot(GoldenFolder.Has("smollm2", "generation.json"), "The golden folder has no set smollm2.");
        TorchRuntime.Load();
        using var model = PretrainedModel.Load(ModelPath, new LoadOptions { Device = torch.CPU, DType = torch.ScalarType.Float32 });
        using var engine = new Engine(model, "base");
        var cases = JsonNode.Parse(await File.ReadAllTextAsync(GoldenFolder.Under("smollm2", "generation.json")))!.AsArray();
        Assert.NotEmpty(cases);
        foreach (var (node, answer) in cases.Zip(await Task.WhenAll(cases.Select(c => engine.CompleteAsync(Request(c!), CancellationToken.None)))))
        {
            var prompt = node!["ids"]!.AsArray().Select(i => (int)i!).ToArray();
            Assert.Equal(prompt, engine.Tokenizer.Encode((string)node["text"]!, addSpecialTokens: false).Ids);
            var greedy = node["greedy"]!.AsArray().Select(i => (int)i!).ToArray();
            // Past a near tie another order of summation may choose the other token.
            var certain = (int?)node["first_margin_below_0.01"] ?? greedy.Length;
            Assert.Equal(greedy.Take(certain), answer.Ids.Take(certain));
        }
    }

    private static GenerationRequest Request(JsonNode node) => new()
    {
        PromptIds = [.. node["ids"]!.AsArray().Select(i => (int)i!)],
        Sampling = new SamplingOptions { DoSample = false },
        MaxNewTokens = 48,
        EosTokenIds = [2],
    };
}
