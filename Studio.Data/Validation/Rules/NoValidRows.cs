namespace Studio.Data.Validation.Rules;

/// <summary>Files of which no row can be used.</summary>
public sealed class NoValidRows : Rule
{
    public override string Name => "no_valid_rows";

    public override void Finish(FileTotals totals, Action<Problem> report)
    {
        if (totals.ValidRows == 0)
        {
            report(new Problem(
                Name,
                Severity.Fatal,
                totals.Rows == 0 ? "The file holds no rows." : FormattableString.Invariant($"None of the {totals.Rows} rows can be used."),
                totals.Rows == 0 ? "Upload a file with at least one row." : "Correct the problems listed, or choose another format."));
        }
    }
}
