using Studio.Training.Layers;
using Studio.Training.Models;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Studio.Training.Lora;

/// <summary>
/// A LoRA adapter on a model, in four verbs: <see cref="Wrap"/>, the forward pass of its parts, <see cref="Disable"/>, <see cref="Merge"/>.
/// </summary>
public sealed class LoraAdapter : IDisposable
{
    private LoraAdapter(LoraConfig config, IReadOnlyList<LoraLinear> modules, IReadOnlyList<IAdapterPart>? parts = null)
    {
        Config = config;
        Modules = modules;
        Parts = parts ?? [];
        foreach (var module in modules)
        {
            module.Owner = this;
        }
    }

    public LoraConfig Config { get; }

    public IReadOnlyList<LoraLinear> Modules { get; }

    /// <summary>What it changes beside projections with low-rank factors.</summary>
    public IReadOnlyList<IAdapterPart> Parts { get; }

    /// <summary>Whole modules saved beside the adapter that the language model itself does not have (a score head), by tensor name.</summary>
    public IReadOnlyDictionary<string, Tensor> Saved { get; init; } = new Dictionary<string, Tensor>();

    public long ParameterCount => Parameters().Sum(p => p.Parameter.numel());

    /// <summary>Hangs a fresh adapter on every projection that <paramref name="config"/> means. A is uniform in ±1/sqrt(in) (Kaiming with a = sqrt 5), B is zero, so the model is unchanged at first.</summary>
    /// <param name="seed">Decides A; the order of the modules is that of the model.</param>
    /// <exception cref="AdapterException">No projection of the model matches.</exception>
    public static LoraAdapter Wrap(CausalLm model, LoraConfig config, long seed)
    {
        var targets = config.TargetModules ?? Default(model);
        List<IAdapterPart> parts = [];
        var embeddings = Embedded(model, config, targets);
        var chosen = Chosen(model, config, targets, embeddings.Count > 0);
        using var generator = new Generator((ulong)seed, CPU);
        List<LoraLinear> modules = [];
        foreach (var (name, projection) in chosen)
        {
            var (rank, device) = (config.RankOf(name), projection.Weight.device);
            var (outputs, inputs) = (projection.OutFeatures, projection.InFeatures);
            var bound = 1 / Math.Sqrt(inputs);
            using var quiet = no_grad();
            var a = empty([rank, inputs], ScalarType.Float32);
            a.uniform_(-bound, bound, generator);
            var b = zeros([outputs, rank], ScalarType.Float32, device);
            var bias = config.LoraBias ? zeros([outputs], ScalarType.Float32, device) : null;
            Tensor? magnitude = null;
            if (config.UseDora)
            {
                magnitude = projection.Weight.to_type(ScalarType.Float32).square().sum(1).sqrt();
            }

            modules.Add(Make(name, projection, config, a.to(device), b, bias, magnitude));
        }

        foreach (var (name, embedding) in embeddings)
        {
            // As PEFT begins: A zero, B normal.
            using var quiet = no_grad();
            var (rows, width, device) = (embedding.Weight.shape[0], embedding.Weight.shape[1], embedding.Weight.device);
            var b = empty([width, config.RankOf(name)], ScalarType.Float32);
            b.normal_(0, 1, generator);
            parts.Add(new LoraEmbedding(name, embedding, config.ScaleOf(name), Keep(zeros([config.RankOf(name), rows], ScalarType.Float32, device)), Keep(b.to(device)), null));
        }

        // The words all-linear and the default are written out as names, which is what PEFT stores.
        var named = targets.IsAllLinear || config.TargetModules is null
            ? config with { TargetModules = ModuleMatch.Of([.. ShortNames(model, [.. chosen.Select(c => c.Name)]).Order(StringComparer.Ordinal)]) }
            : config;
        var adapter = new LoraAdapter(named with { FanInFanOut = named.FanInFanOut || chosen.Any(c => c.Projection.Transposed) }, modules, parts);
        adapter.Attach();
        return adapter;
    }

    /// <summary>Builds the adapter that a folder holds, without hanging it on the model yet.</summary>
    /// <param name="tensors">Per module name and PEFT ending, in any float type; must be exactly those that the configuration asks for.</param>
    /// <exception cref="AdapterException">A tensor is missing, left over or of the wrong shape.</exception>
    /// <param name="saved">Tensors of whole modules beside it.</param>
    /// <param name="biases">Trained copies of the base's biases.</param>
    internal static LoraAdapter FromTensors(CausalLm model, LoraConfig config, IDictionary<(string Module, string Suffix), Tensor> tensors, IReadOnlyDictionary<string, Tensor>? saved = null, IReadOnlyDictionary<string, Tensor>? biases = null)
    {
        var targets = config.TargetModules ?? Default(model);
        List<LoraLinear> modules = [];
        Dictionary<string, Tensor> left = new(saved ?? new Dictionary<string, Tensor>(), StringComparer.Ordinal);
        Dictionary<string, Tensor> free = new(biases ?? new Dictionary<string, Tensor>(), StringComparer.Ordinal);
        var embeddings = Embedded(model, config, targets);
        foreach (var (name, projection) in Chosen(model, config, targets, embeddings.Count > 0 || left.Count > 0 || config.TrainedTokens.Count > 0))
        {
            var (outputs, inputs) = (projection.OutFeatures, projection.InFeatures);
            var rank = config.RankOf(name);
            Tensor Take(string suffix, params long[] shape)
            {
                if (!tensors.Remove((name, suffix), out var tensor))
                {
                    throw new AdapterException($"adapter_model.safetensors has no {suffix} for {name}, which the configuration adapts.");
                }

                return Checked(tensor, $"{name}.{suffix}", projection.Weight.device, shape);
            }

            var a = Take("lora_A.weight", rank, inputs);
            var b = Take("lora_B.weight", outputs, rank);
            var bias = config.LoraBias ? Take("lora_B.bias", outputs) : null;
            var magnitude = config.UseDora ? Take("lora_magnitude_vector", outputs) : null;
            var baseBias = free.Remove(name + ".base_layer.bias", out var trained) ? Checked(trained, name + ".base_layer.bias", projection.Weight.device, outputs) : null;
            modules.Add(Make(name, projection, config, a, b, bias, magnitude, baseBias));
        }

        var parts = AdapterParts.Build(model, config, embeddings, tensors, left, free, Checked, Keep);
        if (tensors.Count > 0)
        {
            var (module, suffix) = tensors.Keys.OrderBy(k => k.Module, StringComparer.Ordinal).First();
            throw new AdapterException($"adapter_model.safetensors holds {tensors.Count} tensors that the configuration does not explain, the first is {module}.{suffix}.");
        }

        return new LoraAdapter(config, modules, parts) { Saved = left };
    }

    /// <summary>Makes this the adapter of its projections.</summary>
    public void Attach()
    {
        foreach (var module in Modules)
        {
            module.Projection.Adapter = module;
        }

        foreach (var part in Parts)
        {
            part.Attach();
        }
    }

    /// <summary>Takes it off; the projections are the base again.</summary>
    public void Detach()
    {
        foreach (var module in Modules)
        {
            if (ReferenceEquals(module.Projection.Adapter, module))
            {
                module.Projection.Adapter = null;
            }
        }

        foreach (var part in Parts)
        {
            part.Detach();
        }
    }

    /// <summary>Hangs one adapter, or none, on a model and takes every other off, until the result is disposed: another adapter in use on the same base.</summary>
    public static IDisposable Alone(CausalLm model, LoraAdapter? adapter)
    {
        var before = model.Projections().Select(p => (p.Projection, p.Projection.Adapter)).ToList();
        var embeddings = model.Embeddings.Select(e => (e.Embedding, e.Embedding.Adapter)).ToList();

        // Whole parts of the other adapters change places with the base's values, so they are asked to step back.
        var others = before.Select(b => b.Adapter).OfType<LoraLinear>().Select(l => l.Owner).OfType<LoraAdapter>().Distinct().Where(o => o != adapter && o.Parts.Count > 0).ToList();
        foreach (var other in others)
        {
            other.Detach();
        }

        foreach (var (projection, _) in before)
        {
            projection.Adapter = null;
        }

        foreach (var (embedding, _) in embeddings)
        {
            embedding.Adapter = null;
        }

        adapter?.Attach();
        return new Restore(() =>
        {
            adapter?.Detach();
            foreach (var other in others)
            {
                other.Attach();
            }

            foreach (var (projection, kept) in before)
            {
                projection.Adapter = kept;
            }

            foreach (var (embedding, kept) in embeddings)
            {
                embedding.Adapter = kept;
            }
        });
    }

    /// <summary>True applies dropout.</summary>
    public void SetTraining(bool training)
    {
        foreach (var module in Modules)
        {
            module.Training = training;
        }
    }

    /// <summary>The base model alone, until the result is disposed: the reference of preference methods.</summary>
    public IDisposable Disable()
    {
        foreach (var module in Modules)
        {
            module.Active = false;
        }

        foreach (var part in Parts)
        {
            part.Detach();
        }

        return new Switch(this);
    }

    /// <summary>Adds the deltas to the base weights (in fp32, rounded once to the base type) and takes the adapter off.</summary>
    /// <exception cref="AdapterException">It replaces a matrix that the base shares between embedding and head.</exception>
    public void Merge()
    {
        using var quiet = no_grad();
        if (Parts.FirstOrDefault(p => p is ReplacedProjection { Projection.Tied: true }) is { } tied)
        {
            throw new AdapterException($"{tied.Name} was trained on its own while the base shares its matrix with the embedding, so it cannot be merged; use the adapter unmerged.");
        }

        foreach (var module in Modules)
        {
            using var scope = NewDisposeScope();
            if (module.Bias is not null && module.Projection.Bias is null)
            {
                throw new AdapterException($"{module.Name} has no bias to merge lora_bias into.");
            }

            module.Projection.Weight.copy_(module.MergedWeight());
            if (module.Bias is not null || module.BaseBias is not null)
            {
                module.Projection.Bias!.copy_(module.MergedBias()!);
            }
        }

        foreach (var part in Parts)
        {
            part.Merge();
        }

        Detach();
    }

    /// <summary>Every trained tensor with PEFT's name, without the leading <c>base_model.model.</c></summary>
    public IEnumerable<(string Name, Parameter Parameter)> Parameters() =>
        Modules.SelectMany(m => m.Tensors().Select(t => ($"{m.Name}.{t.Suffix}", t.Parameter))).Concat(Parts.SelectMany(p => p.Tensors()));

    public void Dispose()
    {
        Detach();
        foreach (var module in Modules)
        {
            module.Dispose();
        }

        foreach (var part in Parts)
        {
            part.Dispose();
        }

        foreach (var tensor in Saved.Values)
        {
            tensor.Dispose();
        }
    }

    private static List<(string Name, TokenEmbedding Embedding)> Embedded(CausalLm model, LoraConfig config, ModuleMatch targets) =>
        targets.IsAllLinear ? [] : [.. model.Embeddings.Where(e => targets.Matches(e.Path) && config.ExcludeModules?.Matches(e.Path) != true)];

    /// <summary>A stored tensor in fp32, of the shape that the base needs and without values that are not finite.</summary>
    private static Tensor Checked(Tensor tensor, string name, Device device, params long[] shape)
    {
        if (!tensor.shape.AsSpan().SequenceEqual(shape))
        {
            throw new AdapterException($"{name} has the shape ({string.Join(", ", tensor.shape)}), the base model and the rank need ({string.Join(", ", shape)}): the adapter belongs to another base model or its configuration was changed.");
        }

        using var quiet = no_grad();
        var wide = tensor.to_type(ScalarType.Float32).to(device);
        return wide.isfinite().all().item<bool>() ? wide : throw new AdapterException($"{name} holds values that are not finite.");
    }

    /// <param name="others">The adapter changes something else, so that no projection at all is fine.</param>
    private static List<(string Name, ProjectionLinear Projection)> Chosen(CausalLm model, LoraConfig config, ModuleMatch targets, bool others)
    {
        List<(string Name, ProjectionLinear Projection)> chosen = [.. model.Projections().Where(p => config.Adapts(p.CheckpointName, targets, p.CheckpointName == model.HeadPath))];
        return chosen.Count > 0 || others
            ? chosen
            : throw new AdapterException($"No layer of the model matches target_modules {targets.Write()?.ToJsonString()}; it has {string.Join(", ", model.Projections().Select(p => Short(p.CheckpointName)).Distinct().Take(12))}.");
    }

    private static ModuleMatch Default(CausalLm model) => ModuleMatch.Of(ModelFamilies.For(model.Config.ModelType).DefaultTargets);

    private static LoraLinear Make(string name, ProjectionLinear projection, LoraConfig config, Tensor a, Tensor b, Tensor? bias, Tensor? magnitude, Tensor? baseBias = null) =>
        new(name, projection, config.ScaleOf(name), config.Dropout, Keep(a), Keep(b), bias is null ? null : Keep(bias), magnitude is null ? null : Keep(magnitude), baseBias is null ? null : Keep(baseBias));

    private static Parameter Keep(Tensor tensor)
    {
        var parameter = new Parameter(tensor.detach().clone());
        parameter.DetachFromDisposeScope();
        return parameter;
    }

    // The last part of the names where that says the same set, else the whole names.
    private static IReadOnlyList<string> ShortNames(CausalLm model, IReadOnlyList<string> chosen)
    {
        var shorts = chosen.Select(Short).ToHashSet(StringComparer.Ordinal);
        var meant = model.Projections().Select(p => p.CheckpointName).Where(n => shorts.Contains(Short(n))).ToHashSet(StringComparer.Ordinal);
        return meant.SetEquals(chosen) ? [.. shorts] : chosen;
    }

    private static string Short(string name) => name[(name.LastIndexOf('.') + 1)..];

    private sealed class Restore(Action back) : IDisposable
    {
        public void Dispose() => back();
    }

    private sealed class Switch(LoraAdapter adapter) : IDisposable
    {
        public void Dispose()
        {
            foreach (var module in adapter.Modules)
            {
                module.Active = true;
            }

            foreach (var part in adapter.Parts)
            {
                part.Attach();
            }
        }
    }
}
