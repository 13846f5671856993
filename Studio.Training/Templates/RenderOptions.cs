using System.Text.Json.Nodes;
using Studio.Training.Templates.Jinja;

namespace Studio.Training.Templates;

/// <summary>What a template is given besides the messages; names and meaning as in <c>apply_chat_template</c> of transformers.</summary>
public sealed record RenderOptions
{
    public static readonly RenderOptions Default = new();

    /// <summary>Function definitions; null and an empty list are different things to a template.</summary>
    public JsonArray? Tools { get; init; }

    public JsonArray? Documents { get; init; }

    /// <summary>Ends the text where the assistant's next answer begins.</summary>
    public bool AddGenerationPrompt { get; init; }

    /// <summary>Field of the final message that is left open to be continued (usually <c>content</c>); null closes the message.</summary>
    public string? ContinueFinalMessage { get; init; }

    /// <summary>Texts of <c>bos_token</c>, <c>eos_token</c>, ...; null takes those that came with the template.</summary>
    public IReadOnlyDictionary<string, string>? SpecialTokens { get; init; }

    /// <summary>Local time for <c>strftime_now</c>; training pins it so that rows stay the same. Null takes the clock.</summary>
    public DateTime? Now { get; init; }

    /// <summary>Further variables (<c>enable_thinking</c>, <c>date_string</c>, ...).</summary>
    public JsonObject? Variables { get; init; }

    public RenderLimits Limits { get; init; } = RenderLimits.Default;
}

/// <summary>A rendered conversation.</summary>
/// <param name="Text">The prompt.</param>
/// <param name="AssistantSpans">What the template's <c>{% generation %}</c> blocks mark, [start, end) in code points, in order of execution.</param>
/// <param name="SpansFromTemplate">True when the template has generation blocks, so that the spans mean something.</param>
public sealed record RenderedChat(string Text, IReadOnlyList<(int Start, int End)> AssistantSpans, bool SpansFromTemplate);
