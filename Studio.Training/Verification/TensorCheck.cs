namespace Studio.Training.Verification;

/// <summary>How one tensor compares with its reference.</summary>
/// <param name="MaxAbsDiff">Largest absolute difference; the number of unequal elements for ids.</param>
/// <param name="MaxAbs">Largest absolute value of the reference.</param>
/// <param name="Ok">Within the tolerance.</param>
public sealed record TensorCheck(string Tensor, double MaxAbsDiff, double MaxAbs, bool Ok)
{
    /// <summary>True when this build cannot compare the tensor; it then counts neither way.</summary>
    public bool Skipped { get; init; }

    public string? Note { get; init; }
}
