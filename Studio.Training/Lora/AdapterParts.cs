using Studio.Training.Layers;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Studio.Training.Lora;

/// <summary>Makes the parts of an adapter that are no low-rank projections from what its folder holds.</summary>
internal static class AdapterParts
{
    /// <param name="tensors">Loses what is used.</param>
    /// <param name="saved">Tensors of whole modules by name; keeps those that the language model does not have (a score head).</param>
    /// <param name="biases">Trained biases by name.</param>
    /// <param name="check">Shape and values of a stored tensor.</param>
    /// <param name="keep">A parameter of its own.</param>
    /// <exception cref="AdapterException">Something is missing, left over or of another shape.</exception>
    public static List<IAdapterPart> Build(
        CausalLm model, LoraConfig config, IReadOnlyList<(string Name, TokenEmbedding Embedding)> embeddings, IDictionary<(string Module, string Suffix), Tensor> tensors,
        Dictionary<string, Tensor> saved, Dictionary<string, Tensor> biases, Check check, Func<Tensor, Parameter> keep)
    {
        List<IAdapterPart> parts = [];
        foreach (var (name, embedding) in embeddings)
        {
            Tensor Take(string suffix, params long[] shape) => tensors.Remove((name, suffix), out var tensor)
                ? check(tensor, $"{name}.{suffix}", embedding.Weight.device, shape)
                : throw new AdapterException($"adapter_model.safetensors has no {suffix} for {name}, which the configuration adapts.");
            var (rows, width, rank) = (embedding.Weight.shape[0], embedding.Weight.shape[1], config.RankOf(name));
            var (a, b) = (Take("lora_embedding_A", rank, rows), Take("lora_embedding_B", width, rank));
            var magnitude = config.UseDora ? keep(Take("lora_magnitude_vector", width)) : null;
            parts.Add(new LoraEmbedding(name, embedding, config.ScaleOf(name), keep(a), keep(b), magnitude));
        }

        foreach (var (module, ids) in config.TrainedTokens)
        {
            if (module.Length > 0 && (model.HeadPath == module || model.HeadPath.EndsWith("." + module, StringComparison.Ordinal)) && !model.HeadProjection.Tied)
            {
                if (!tensors.Remove((model.HeadPath, "token_adapter.trainable_tokens_delta"), out var own))
                {
                    throw new AdapterException($"The adapter trains single rows of {module}, and adapter_model.safetensors does not hold them.");
                }

                parts.Add(new TrainedRows(model.HeadPath, null, ids, model.HeadProjection, keep(check(own, model.HeadPath + ".trainable_tokens_delta", model.HeadProjection.Weight.device, ids.Count, model.HeadProjection.InFeatures))));
                continue;
            }

            var (path, embedding) = module.Length == 0 ? model.Embeddings[0] : model.Embeddings.FirstOrDefault(e => e.Path == module || e.Path.EndsWith("." + module, StringComparison.Ordinal));
            if (embedding is null || !tensors.Remove((path, "token_adapter.trainable_tokens_delta"), out var stored))
            {
                throw new AdapterException($"The adapter trains single rows of {(module.Length == 0 ? "the token embedding" : module)}, and {(embedding is null ? "the base model has no such embedding" : "adapter_model.safetensors does not hold them")}.");
            }

            if (ids.Any(id => id < 0 || id >= embedding.Weight.shape[0]))
            {
                throw new AdapterException($"trainable_token_indices names a token that the base model does not have; it has {embedding.Weight.shape[0]}.");
            }

            var head = ReferenceEquals(embedding, model.Embedding) && model.HeadProjection.Tied ? model.HeadProjection : null;
            parts.Add(new TrainedRows(path, embedding, ids, head, keep(check(stored, path + ".trainable_tokens_delta", embedding.Weight.device, ids.Count, embedding.Weight.shape[1]))));
        }

        var projections = model.Projections().ToDictionary(p => p.CheckpointName, p => p.Projection, StringComparer.Ordinal);
        var small = model.named_parameters().GroupBy(p => p.name, StringComparer.Ordinal).ToDictionary(g => g.Key, g => g.First().parameter, StringComparer.Ordinal);
        foreach (var path in saved.Keys.Select(n => n[..n.LastIndexOf('.')]).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToList())
        {
            Parameter? Own(string leaf, Tensor? like) => saved.Remove($"{path}.{leaf}", out var tensor)
                ? like is null ? throw new AdapterException($"The adapter holds {path}.{leaf}, which the base model does not have.") : keep(check(tensor, $"{path}.{leaf}", like.device, like.shape))
                : null;
            if (projections.TryGetValue(path, out var projection))
            {
                parts.Add(new ReplacedProjection(path, projection, Own("weight", projection.Stored), Own("bias", projection.Bias), path + ".bias"));
            }
            else if (model.Embeddings.FirstOrDefault(e => e.Path == path).Embedding is { } embedding)
            {
                parts.Add(new ReplacedEmbedding(path, embedding, Own("weight", embedding.Weight)!));
            }
            else
            {
                foreach (var name in saved.Keys.Where(n => n.StartsWith(path + ".", StringComparison.Ordinal) && small.ContainsKey(n)).ToList())
                {
                    saved.Remove(name, out var tensor);
                    parts.Add(new ReplacedTensor(name, small[name], check(tensor!, name, small[name].device, small[name].shape)));
                }
            }
        }

        foreach (var (name, tensor) in biases.OrderBy(b => b.Key, StringComparer.Ordinal))
        {
            var path = name[..^".bias".Length];
            if (projections.TryGetValue(path, out var projection) && projection.Bias is { } own)
            {
                parts.Add(new ReplacedProjection(path, projection, null, keep(check(tensor, name, own.device, own.shape)), name));
            }
            else if (small.TryGetValue(name, out var parameter))
            {
                parts.Add(new ReplacedTensor(name, parameter, check(tensor, name, parameter.device, parameter.shape)));
            }
            else
            {
                throw new AdapterException($"The adapter holds the bias {name}, which the base model does not have.");
            }
        }

        return parts;
    }

    /// <summary>A stored tensor in fp32 after shape and values were checked.</summary>
    internal delegate Tensor Check(Tensor tensor, string name, Device device, params long[] shape);
}
