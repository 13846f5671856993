using System.Text.Json.Nodes;
using Studio.Data.Datasets;
using Studio.Data.Examples;

namespace Studio.Data.Formats;

/// <summary>Preference pairs as OpenAI's DPO takes them: <c>{"input": {"messages": [...]}, "preferred_output": [...], "non_preferred_output": [...]}</c>.</summary>
public sealed class OpenAiPreference : DatasetFormat
{
    private static readonly FormatField Input = new("input", FieldShape.Object, Required: true);
    private static readonly FormatField Preferred = new("preferred_output", FieldShape.Messages, Required: true);
    private static readonly FormatField NonPreferred = new("non_preferred_output", FieldShape.Messages, Required: true);

    public override string Name => "openai_preference";

    public override string Title => "Preference pairs (OpenAI)";

    public override ExampleKind Kind => ExampleKind.Preference;

    public override IReadOnlyList<FormatField> Fields { get; } = [Input, Preferred, NonPreferred];

    public override string Sample => """{"input": {"messages": [{"role": "user", "content": "Is it late?"}]}, "preferred_output": [{"role": "assistant", "content": "It is ten."}], "non_preferred_output": [{"role": "assistant", "content": "Maybe."}]}""";

    public override Example? Normalise(FormatRow row)
    {
        if (row.Node(Input) is not JsonObject input)
        {
            row.Missing(Input);
            return null;
        }

        if (input["messages"] is not JsonArray list)
        {
            row.Error("missing_field", "\"input\" has no list of messages.", "Write it as {\"messages\": [{\"role\": \"user\", \"content\": \"...\"}]}.", "input.messages");
            return null;
        }

        var prompt = MessageReader.Read(list, "input.messages", row, roleAliases: false);
        var tools = new FormatRow(input, row.Line, new Dictionary<string, string>()).Tools(new FormatField("tools", FieldShape.Any, Required: false));
        var chosen = row.Messages(Preferred, roleAliases: false);
        var rejected = row.Messages(NonPreferred, roleAliases: false);
        return row.Failed || prompt is null || chosen is null || rejected is null
            ? null
            : new PreferenceExample { Prompt = prompt, Chosen = chosen, Rejected = rejected, Tools = tools, Line = row.Line };
    }
}
