using static TorchSharp.torch;

namespace Studio.Training.Layers;

/// <summary>What one forward pass reads.</summary>
/// <param name="InputIds">(batch, tokens) int64</param>
public sealed record ForwardInput(Tensor InputIds)
{
    /// <summary>(batch, tokens) with 1 for real tokens; with a cache (batch, cached + new tokens). Null: all are real.</summary>
    public Tensor? AttentionMask { get; init; }

    /// <summary>(batch, tokens) int64; default: counted from the mask, the segments or the cache.</summary>
    public Tensor? PositionIds { get; init; }

    /// <summary>Per row the lengths of the documents packed into it, in order; attention and positions stay inside a document. What the lengths do not cover is padding.</summary>
    public int[][]? SegmentLengths { get; init; }

    /// <summary>For one packed row, instead of <see cref="SegmentLengths"/>: per document the length of its beginning and those of the branches behind it. A branch sees the beginning and itself, and its positions go on from there.</summary>
    public int[][]? Branches { get; init; }

    /// <summary>Keys and values of earlier tokens; the new ones are appended.</summary>
    public KvCache? Cache { get; init; }

    /// <summary>With a cache: real new tokens per row (the rest of a row is right padding); default all.</summary>
    public int[]? NewTokens { get; init; }

    /// <summary>Called with 0 and the input of the first layer, then with i and the output of layer i (the last one after the final norm); tensors are (batch, tokens, hidden) and valid during the call.</summary>
    public Action<int, Tensor>? OnHidden { get; init; }
}
