namespace Studio.Training.Tokenizers;

/// <summary>The named special tokens of a model as its configuration writes them; null where it names none.</summary>
public sealed record SpecialTokens
{
    public string? Bos { get; init; }

    public string? Eos { get; init; }

    public string? Unk { get; init; }

    public string? Pad { get; init; }

    public string? Sep { get; init; }

    public string? Cls { get; init; }

    public string? Mask { get; init; }
}
