using Studio.Training.Layers;
using static TorchSharp.torch;

namespace Studio.Training.Checkpoints;

/// <summary>Fills the parameters of a model from a checkpoint, name by name.</summary>
internal static class WeightLoader
{
    /// <summary>Copies every parameter; names may lack the model's own prefix.</summary>
    /// <param name="prefix">First part of the names, for example <c>model</c> or <c>transformer</c>.</param>
    /// <exception cref="InvalidDataException">A tensor is missing or has another shape.</exception>
    public static void Load(CausalLm model, WeightSource source, string prefix)
    {
        using var quiet = no_grad();
        foreach (var (name, parameter) in model.named_parameters())
        {
            if (Find(source, name, prefix) is not { } stored)
            {
                // A model that scores has its own head in place of the one that writes.
                if (name == model.HeadPath + ".weight" && source.Contains("score.weight"))
                {
                    parameter.zero_();
                    continue;
                }

                throw Missing(source, name);
            }

            using var scope = NewDisposeScope();
            var weight = source.Read(stored, parameter.dtype);
            if (!weight.shape.AsSpan().SequenceEqual(parameter.shape))
            {
                throw Misshapen(source, stored, weight.shape, parameter.shape);
            }

            parameter.copy_(weight);
        }
    }

    /// <summary>Compares names and shapes without reading any weight.</summary>
    /// <exception cref="InvalidDataException">A tensor is missing or has another shape.</exception>
    public static void Check(CausalLm model, WeightSource source, string prefix)
    {
        foreach (var (name, parameter) in model.named_parameters())
        {
            var stored = Find(source, name, prefix) ?? throw Missing(source, name);
            var shape = source.Shape(stored);
            if (!shape.AsSpan().SequenceEqual(parameter.shape))
            {
                throw Misshapen(source, stored, shape, parameter.shape);
            }
        }
    }

    /// <summary>The name under which the checkpoint holds a parameter, or null.</summary>
    public static string? Find(WeightSource source, string name, string prefix)
    {
        if (source.Contains(name))
        {
            return name;
        }

        var bare = name.StartsWith(prefix + ".", StringComparison.Ordinal) ? name[(prefix.Length + 1)..] : null;
        return bare is not null && source.Contains(bare) ? bare : null;
    }

    private static InvalidDataException Missing(WeightSource source, string name) => new($"{source.Files[0]}: has no tensor '{name}', which this model needs");

    private static InvalidDataException Misshapen(WeightSource source, string name, long[] actual, long[] wanted) =>
        new($"{source.Files[0]}: tensor '{name}' is ({string.Join(", ", actual)}) where config.json needs ({string.Join(", ", wanted)})");
}
