namespace Studio.Training.Templates;

/// <summary>A chat template that cannot be parsed or rendered; the message is meant for the person who supplied template or conversation.</summary>
/// <param name="message">What went wrong; for <c>raise_exception</c> exactly the template's own words.</param>
/// <param name="raisedByTemplate">True when the template itself refused the conversation with <c>raise_exception</c>.</param>
public sealed class TemplateException(string message, bool raisedByTemplate = false) : Exception(message)
{
    /// <summary>True when the template itself refused the conversation with <c>raise_exception</c>.</summary>
    public bool RaisedByTemplate { get; } = raisedByTemplate;

    /// <summary>Class of the error in Jinja2's terms: <c>TypeError</c>, <c>UndefinedError</c>, <c>TemplateSyntaxError</c>, ...</summary>
    public string Kind { get; init; } = "TemplateError";

    /// <summary>Line of the template (from 1), or 0 when it is not known.</summary>
    public int Line { get; internal set; }

    /// <summary>The message with the place in the template, for logs and reports.</summary>
    public string Explanation => RaisedByTemplate || Line == 0 ? Message : $"{Message} (template line {Line})";

    internal static TemplateException Raised(string message) => new(message, raisedByTemplate: true);

    internal static TemplateException Syntax(string message, int line) => new(message) { Kind = "TemplateSyntaxError", Line = line };

    internal static TemplateException Assertion(string message, int line) => new(message) { Kind = "TemplateAssertionError", Line = line };

    internal static TemplateException Type(string message) => new(message) { Kind = "TypeError" };

    internal static TemplateException Attribute(string message) => new(message) { Kind = "AttributeError" };

    internal static TemplateException Value(string message) => new(message) { Kind = "ValueError" };

    internal static TemplateException Undefined(string message) => new(message) { Kind = "UndefinedError" };

    internal static TemplateException Security(string message) => new(message) { Kind = "SecurityError" };

    internal static TemplateException Overflow(string message) => new(message) { Kind = "OverflowError" };

    internal static TemplateException ZeroDivision(string message) => new(message) { Kind = "ZeroDivisionError" };

    internal static TemplateException Key(string message) => new(message) { Kind = "KeyError" };

    internal static TemplateException Index(string message) => new(message) { Kind = "IndexError" };

    internal static TemplateException Runtime(string message) => new(message) { Kind = "TemplateRuntimeError" };

    internal static TemplateException Argument(string message) => new(message) { Kind = "FilterArgumentError" };

    internal static TemplateException Limit(string message) => new(message) { Kind = "LimitExceeded" };
}
