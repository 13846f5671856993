namespace Studio.Data.Validation;

public enum Severity
{
    /// <summary>Worth knowing; nothing is left out.</summary>
    Info,

    /// <summary>The row is used, but probably not as meant.</summary>
    Warning,

    /// <summary>The row cannot be used and is left out.</summary>
    Error,

    /// <summary>The file as a whole cannot be used.</summary>
    Fatal,
}

/// <summary>One thing that is wrong with a file or an option: where, what, and what to do about it.</summary>
/// <param name="Rule">Stable name, e.g. <c>empty_assistant_turn</c>; the UI groups by it and translates by it.</param>
/// <param name="Message">English sentence: what is wrong.</param>
/// <param name="Remedy">English sentence: what to do.</param>
public sealed record Problem(string Rule, Severity Severity, string Message, string Remedy)
{
    public string? File { get; init; }

    /// <summary>1-based line (JSONL, CSV, text) or row (JSON array).</summary>
    public int? Line { get; init; }

    /// <summary>Path of the field, e.g. <c>messages[2].content</c>.</summary>
    public string? Field { get; init; }

    /// <summary>At most 200 characters of the place.</summary>
    public string? Excerpt { get; init; }
}
