using System.Text.Json.Nodes;
using Studio.Training.Layers;

namespace Studio.Training.Models;

/// <summary>The numbers that every decoder has; what only one family knows is read from <see cref="Fields"/> by that family.</summary>
public sealed record DecoderConfig
{
    public required string ModelType { get; init; }
    public required int VocabularySize { get; init; }
    public required int HiddenSize { get; init; }
    public required int Layers { get; init; }
    public required int Heads { get; init; }
    public required int KvHeads { get; init; }
    public required int HeadDim { get; init; }
    public required int InnerSize { get; init; }
    public required int MaxPositions { get; init; }
    public required double NormEps { get; init; }
    public required string Activation { get; init; }
    public required bool TiedEmbeddings { get; init; }

    /// <summary>All fields of the file.</summary>
    public required ConfigReader Fields { get; init; }

    /// <summary>The file as it is.</summary>
    public JsonObject Json => Fields.Json;

    /// <summary>The rotary settings, of one layer type where they differ by layer.</summary>
    public RopeSettings Rope(string? layerType = null) => RopeReader.Read(Fields, layerType);

    /// <summary>A rotary embedding over <paramref name="dimensions"/> of each head (default: head size times the partial factor).</summary>
    public RotaryEmbedding Rotary(RotaryStyle style = RotaryStyle.Half, int? dimensions = null, string? layerType = null, double? partial = null)
    {
        var settings = Rope(layerType);
        if (partial is { } fallback && !Fields.HasPartialRotary(layerType))
        {
            settings = settings with { PartialRotaryFactor = fallback };
        }

        var turned = dimensions ?? (settings.Type == "proportional" ? HeadDim : (int)(HeadDim * settings.PartialRotaryFactor));
        return new RotaryEmbedding(settings, turned, MaxPositions, style);
    }
}
