namespace Studio.Training.Batching;

/// <summary>An example as tokens: what the model reads and which of it is learned.</summary>
/// <param name="Labels">The id itself where it is learned, <see cref="Collation.Ignored"/> where it is not.</param>
/// <param name="Weights">Weight of each label; null where all are 1.</param>
public sealed record LabelledTokens(int[] Ids, int[] Labels, float[]? Weights = null);
