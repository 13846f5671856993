using System.Text.Json.Nodes;

namespace Studio.Data.Examples;

/// <summary>One turn of a conversation, with the names that OpenAI and the chat templates use.</summary>
public sealed record Message
{
    /// <summary>system, developer, user, assistant or tool.</summary>
    public required string Role { get; init; }

    /// <summary>The text; null only where an assistant turn consists of tool calls.</summary>
    public string? Content { get; init; }

    public string? Name { get; init; }

    public string? ReasoningContent { get; init; }

    public IReadOnlyList<ToolCall>? ToolCalls { get; init; }

    public string? ToolCallId { get; init; }

    /// <summary>0 leaves an assistant turn out of the loss, 1 (or null) trains it; other values scale its loss.</summary>
    public double? Weight { get; init; }

    /// <summary>True where the text is the beginning of a longer answer: the end of the turn is neither shown nor learned. Only the last turn can be unfinished.</summary>
    public bool? Unfinished { get; init; }
}

/// <summary>A call of a function by the assistant; <see cref="Arguments"/> is the JSON text as OpenAI writes it.</summary>
public sealed record ToolCall
{
    public string? Id { get; init; }

    public string Type { get; init; } = "function";

    public required ToolFunction Function { get; init; }
}

/// <summary>Name and arguments (a JSON string, or an object where the data had one).</summary>
public sealed record ToolFunction(string Name, JsonNode? Arguments);
