using Studio.Data.Examples;

namespace Studio.Data.Validation.Rules;

/// <summary>Rated answers that are all good or all bad: there is nothing to compare.</summary>
public sealed class LabelBalance : Rule
{
    private long good;
    private long bad;

    public override string Name => "label_balance";

    public override void Check(Example example, RowReport report)
    {
        if (example is FeedbackExample rated && !report.Failed)
        {
            (good, bad) = rated.Label ? (good + 1, bad) : (good, bad + 1);
        }
    }

    public override void Finish(FileTotals totals, Action<Problem> report)
    {
        if (good + bad > 0 && Math.Min(good, bad) * 20 < good + bad)
        {
            report(new Problem(Name, Severity.Warning, FormattableString.Invariant($"{good} answers are wanted and {bad} are not."), "KTO needs both; add rows of the rarer label."));
        }
    }
}
