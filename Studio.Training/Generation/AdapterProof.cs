using System.Numerics.Tensors;
using System.Text.Json.Nodes;
using Studio.Data.Registry;
using Studio.Training.Checkpoints;
using Studio.Training.Layers;
using Studio.Training.Templates;
using static TorchSharp.torch;

namespace Studio.Training.Generation;

/// <summary>The evidence that an adapter is in force: modules applied, difference of logits, both answers to one prompt.</summary>
internal sealed class AdapterProof(PretrainedModel model, AppliedAdapters adapters)
{
    private const int ProofTokens = 24;

    /// <summary>Finds out whether an adapter changes what the model says.</summary>
    /// <param name="prompt">Null takes an everyday question.</param>
    public DeploymentProof Prove(LoadedAdapter adapter, string? prompt)
    {
        prompt ??= "What can you help me with?";
        var ids = ProofIds(prompt);
        var before = adapter.Modules.Keys.ToDictionary(n => n, adapters.Applied, StringComparer.Ordinal);
        var (baseLogits, baseAnswer) = Greedy(ids, null);
        var (logits, answer) = Greedy(ids, adapter);
        var difference = 0.0;
        for (var i = 0; i < logits.Length; i++)
        {
            difference = Math.Max(difference, Math.Abs((double)logits[i] - baseLogits[i]));
        }

        return new DeploymentProof
        {
            ModulesExpected = adapter.Modules.Count,
            ModulesApplied = before.Count(b => adapters.Applied(b.Key) > b.Value),
            MaxLogitDifference = double.IsFinite(difference) ? difference : 0,
            Prompt = prompt,
            BaseAnswer = baseAnswer,
            AdapterAnswer = answer,
        };
    }

    private IReadOnlyList<int> ProofIds(string prompt)
    {
        if (model.Template is { } template)
        {
            var message = new JsonArray { new JsonObject { ["role"] = "user", ["content"] = prompt } };
            var text = template.Render(message, new RenderOptions { AddGenerationPrompt = true }).Text;
            return model.Tokenizer.Encode(text, addSpecialTokens: false).Ids;
        }

        return model.Tokenizer.Encode(prompt).Ids;
    }

    /// <summary>Logits after the prompt and the greedy answer, in a cache of its own.</summary>
    private (float[] Logits, string Answer) Greedy(IReadOnlyList<int> prompt, LoadedAdapter? adapter)
    {
        using var scope = NewDisposeScope();
        using var cache = model.Model.CreateCache(1, prompt.Count + ProofTokens);
        adapters.Set([adapter]);
        List<int> answer = [];
        float[]? atPrompt = null;
        var next = prompt.Select(id => (long)id).ToArray();
        while (answer.Count < ProofTokens)
        {
            using var step = NewDisposeScope();
            var hidden = model.Model.Hidden(new ForwardInput(tensor(next, [1, next.Length], device: model.Model.Place.Device)) { Cache = cache });
            var logits = model.Model.Head(hidden.narrow(1, next.Length - 1, 1)).to_type(ScalarType.Float32).cpu().contiguous().data<float>().ToArray();
            atPrompt ??= logits;
            var id = TensorPrimitives.IndexOfMax<float>(logits);
            if (model.EosTokenIds.Contains(id))
            {
                break;
            }

            answer.Add(id);
            next = [id];
        }

        return (atPrompt!, model.Tokenizer.Decode(answer, skipSpecialTokens: true));
    }
}
