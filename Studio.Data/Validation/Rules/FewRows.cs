namespace Studio.Data.Validation.Rules;

/// <summary>Fewer examples than a model can learn a habit from.</summary>
public sealed class FewRows : Rule
{
    public const int Least = 10;

    public override string Name => "few_rows";

    public override void Finish(FileTotals totals, Action<Problem> report)
    {
        if (totals.ValidRows is > 0 and < Least)
        {
            report(new Problem(Name, Severity.Warning, FormattableString.Invariant($"There are only {totals.ValidRows} usable examples."), "Bring at least 10, better 50 to 100."));
        }
    }
}
