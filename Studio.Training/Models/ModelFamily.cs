using Studio.Training.Checkpoints;
using Studio.Training.Layers;
using static TorchSharp.torch;

namespace Studio.Training.Models;

/// <summary>A kind of model: how its configuration is read, its parts are put together and its weights are named.</summary>
public sealed record ModelFamily
{
    /// <summary>Name users see, the main <c>model_type</c>.</summary>
    public required string Name { get; init; }

    /// <summary>Every <c>model_type</c> that this family reads.</summary>
    public required IReadOnlyList<string> ModelTypes { get; init; }

    public required Func<ConfigReader, DecoderConfig> ReadConfig { get; init; }

    public required Func<DecoderConfig, TensorPlace, CausalLm> Build { get; init; }

    /// <summary>First part of the parameter names, which some checkpoints leave out.</summary>
    public string BasePrefix { get; init; } = "model";

    /// <summary>Projections that a LoRA adapter takes when its configuration names none (last part of their path).</summary>
    public required IReadOnlyList<string> DefaultTargets { get; init; }

    /// <summary>Shows the weights of a checkpoint under the names and shapes that <see cref="Build"/> uses; null where they are the same.</summary>
    public Func<WeightSource, DecoderConfig, WeightSource>? Rename { get; init; }

    /// <summary>For a tensor of the checkpoint that <see cref="Build"/> splits: the parameters that make it up and how their gradients join; null for the rest.</summary>
    public Func<string, DecoderConfig, JoinedTensor?>? Gradients { get; init; }

    /// <summary>How GGUF files of this family are read; null where they are not.</summary>
    public GgufMapping? Gguf { get; init; }

    /// <summary>A config.json of a model small enough for tests.</summary>
    public required string TinyConfig { get; init; }
}

/// <summary>A tensor of the checkpoint that the model holds in parts.</summary>
public sealed record JoinedTensor(IReadOnlyList<string> Members, Func<IReadOnlyList<Tensor>, Tensor> Join)
{
    /// <summary>All experts of a layer, stacked.</summary>
    public static JoinedTensor Experts(string before, string after, int count) => new([.. Enumerable.Range(0, count).Select(i => $"{before}.{i}.{after}")], members => stack(members, 0));
}
