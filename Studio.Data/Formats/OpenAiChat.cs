using Studio.Data.Datasets;
using Studio.Data.Examples;

namespace Studio.Data.Formats;

/// <summary>Chat messages as OpenAI's fine-tuning and TRL take them: <c>{"messages": [{"role", "content", "weight"?, "tool_calls"?}], "tools"?}</c>.</summary>
public sealed class OpenAiChat : DatasetFormat
{
    private static readonly FormatField Messages = new("messages", FieldShape.Messages, Required: true);
    private static readonly FormatField Tools = new("tools", FieldShape.Any, Required: false, "functions");

    public override string Name => "openai_chat";

    public override string Title => "Chat messages (OpenAI, TRL)";

    public override ExampleKind Kind => ExampleKind.Chat;

    public override IReadOnlyList<FormatField> Fields { get; } = [Messages, Tools];

    public override string Sample => """{"messages": [{"role": "user", "content": "Hello"}, {"role": "assistant", "content": "Hi, how can I help?"}]}""";

    public override Example? Normalise(FormatRow row)
    {
        var messages = row.Messages(Messages, roleAliases: false);
        var tools = row.Tools(Tools);
        row.WarnOfMedia();
        return row.Failed || messages is null ? null : new ChatExample { Messages = messages, Tools = tools, Line = row.Line };
    }
}
