using Studio.Data.Examples;

namespace Studio.Data.Validation;

/// <summary>
/// One thing that can be wrong with examples. Rules may count over a file, so each import makes its own.
/// A new rule is one file in Rules/ and one line in <see cref="ExampleRules"/>.
/// </summary>
public abstract class Rule
{
    /// <summary>Stable name that its problems carry.</summary>
    public abstract string Name { get; }

    /// <summary>Looks at one example and reports what is wrong.</summary>
    public virtual void Check(Example example, RowReport report)
    {
    }

    /// <summary>Called once after the last row.</summary>
    public virtual void Finish(FileTotals totals, Action<Problem> report)
    {
    }
}

/// <summary>Rows read and rows that can be used.</summary>
public sealed record FileTotals(long Rows, long ValidRows);

/// <summary>Collects the problems of one row.</summary>
/// <param name="Hash">First 8 bytes of the SHA-256 of the normalised example.</param>
public sealed record RowReport(int Line, ulong Hash, List<Problem> Problems)
{
    public bool Failed => Problems.Exists(p => p.Severity >= Severity.Error);

    public void Error(string rule, string message, string remedy, string? field = null, string? text = null) => Add(Severity.Error, rule, message, remedy, field, text);

    public void Warn(string rule, string message, string remedy, string? field = null, string? text = null) => Add(Severity.Warning, rule, message, remedy, field, text);

    public void Inform(string rule, string message, string remedy, string? field = null, string? text = null) => Add(Severity.Info, rule, message, remedy, field, text);

    private void Add(Severity severity, string rule, string message, string remedy, string? field, string? text) =>
        Problems.Add(new Problem(rule, severity, message, remedy) { Line = Line, Field = field, Excerpt = text is null ? null : Files.JsonText.Cut(text) });
}
