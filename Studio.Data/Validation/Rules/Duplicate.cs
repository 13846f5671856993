using Studio.Data.Examples;

namespace Studio.Data.Validation.Rules;

/// <summary>Examples that are exactly the same as an earlier one.</summary>
public sealed class Duplicate : Rule
{
    private readonly RowHashes seen = new();

    public override string Name => "duplicate";

    public long Count { get; private set; }

    public override void Check(Example example, RowReport report)
    {
        if (report.Failed || seen.Add(report.Hash, report.Line) is not { } first)
        {
            return;
        }

        Count++;
        report.Warn(Name, FormattableString.Invariant($"The example is the same as the one in line {first}."), "Remove it, unless it shall count twice.");
    }
}
