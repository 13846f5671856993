using System.Text.Json.Nodes;
using Studio.Data.Datasets;
using Studio.Data.Examples;

namespace Studio.Data.Formats;

/// <summary>Instructions: <c>{"instruction", "input"?, "output", "system"?, "history"?: [[question, answer], ...]}</c>.</summary>
public sealed class Alpaca : DatasetFormat
{
    private static readonly FormatField Instruction = new("instruction", FieldShape.Text, Required: true);
    private static readonly FormatField Input = new("input", FieldShape.Text, Required: false, "context");
    private static readonly FormatField Output = new("output", FieldShape.Text, Required: true, "response", "answer", "completion");
    private static readonly FormatField System = new("system", FieldShape.Text, Required: false, "system_prompt");
    private static readonly FormatField History = new("history", FieldShape.Any, Required: false);

    public override string Name => "alpaca";

    public override string Title => "Instructions (Alpaca)";

    public override ExampleKind Kind => ExampleKind.Chat;

    public override IReadOnlyList<FormatField> Fields { get; } = [Instruction, Input, Output, System, History];

    public override string Sample => """{"instruction": "Translate into French.", "input": "Good morning", "output": "Bonjour"}""";

    public override Example? Normalise(FormatRow row)
    {
        var instruction = row.RequiredText(Instruction);
        var input = row.Text(Input);
        var output = row.RequiredText(Output);
        List<Message> messages = [];
        if (row.Text(System) is { } system && !string.IsNullOrWhiteSpace(system))
        {
            messages.Add(new Message { Role = "system", Content = system });
        }

        AddHistory(row, messages);
        if (row.Failed)
        {
            return null;
        }

        messages.Add(new Message { Role = "user", Content = Join(instruction, input) });
        messages.Add(new Message { Role = "assistant", Content = output });
        return new ChatExample { Messages = messages, Line = row.Line };
    }

    internal static string Join(string? instruction, string? input) =>
        string.IsNullOrWhiteSpace(input) ? instruction ?? "" : string.IsNullOrWhiteSpace(instruction) ? input : instruction + "\n" + input;

    private static void AddHistory(FormatRow row, List<Message> messages)
    {
        if (FormatRow.Open(row.Node(History), FieldShape.Object) is not JsonArray history)
        {
            return;
        }

        for (var i = 0; i < history.Count; i++)
        {
            if (history[i] is not JsonArray { Count: 2 } pair || pair.Any(text => text is not JsonValue))
            {
                row.Error("history_shape", "A turn of the history must be a pair of texts: [question, answer].", "Write the history as [[\"question\", \"answer\"], ...].", FormattableString.Invariant($"history[{i}]"));
                return;
            }

            messages.Add(new Message { Role = "user", Content = FormatRow.AsText(pair[0]) });
            messages.Add(new Message { Role = "assistant", Content = FormatRow.AsText(pair[1]) });
        }
    }
}
