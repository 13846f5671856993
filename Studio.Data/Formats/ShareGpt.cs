using Studio.Data.Datasets;
using Studio.Data.Examples;

namespace Studio.Data.Formats;

/// <summary>Conversations of turns with from and value: <c>{"conversations": [{"from": "human", "value": ...}, {"from": "gpt", ...}], "system"?, "tools"?}</c>.</summary>
public sealed class ShareGpt : DatasetFormat
{
    private static readonly FormatField Conversations = new("conversations", FieldShape.Turns, Required: true, "conversation", "messages", "dialog", "dialogue", "turns");
    private static readonly FormatField System = new("system", FieldShape.Text, Required: false, "system_prompt");
    private static readonly FormatField Tools = new("tools", FieldShape.Any, Required: false, "functions");

    public override string Name => "sharegpt";

    public override string Title => "Conversations (ShareGPT)";

    public override ExampleKind Kind => ExampleKind.Chat;

    public override IReadOnlyList<FormatField> Fields { get; } = [Conversations, System, Tools];

    public override string Sample => """{"conversations": [{"from": "human", "value": "Hello"}, {"from": "gpt", "value": "Hi, how can I help?"}]}""";

    /// <summary>Messages with roles are OpenAI's own format, not a spelling of this one.</summary>
    public override FormatMatch Match(global::System.Text.Json.Nodes.JsonObject fields, IReadOnlyDictionary<string, string> columns)
    {
        var match = base.Match(fields, columns);
        return match.Score > 0 && fields.ContainsKey("messages") && HasShape(fields["messages"], FieldShape.Messages) ? match with { Score = 0 } : match;
    }

    public override Example? Normalise(FormatRow row)
    {
        var messages = row.Messages(Conversations, roleAliases: true);
        var tools = row.Tools(Tools);
        row.WarnOfMedia();
        if (row.Text(System) is { } system && !string.IsNullOrWhiteSpace(system) && messages is not null && messages[0].Role != "system")
        {
            messages.Insert(0, new Message { Role = "system", Content = system });
        }

        return row.Failed || messages is null ? null : new ChatExample { Messages = messages, Tools = tools, Line = row.Line };
    }
}
