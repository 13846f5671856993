using Studio.Data.Datasets;
using Studio.Data.Examples;

namespace Studio.Data.Formats;

/// <summary>
/// Preference pairs as TRL takes them: <c>{"prompt"?, "chosen", "rejected"}</c>, texts or messages. Without a prompt it is what both answers
/// begin with (TRL's implicit prompt); transcripts of "Human:" and "Assistant:" turns are read as conversations.
/// </summary>
public sealed class TrlPreference : DatasetFormat
{
    private static readonly FormatField Prompt = new("prompt", FieldShape.TextOrMessages, Required: false, "question", "query", "instruction", "conversations", "messages", "问题");
    private static readonly FormatField Input = new("input", FieldShape.Text, Required: false);
    private static readonly FormatField Chosen = new("chosen", FieldShape.TextOrMessages, Required: true, "chosen_messages", "preferred");
    private static readonly FormatField Rejected = new("rejected", FieldShape.TextOrMessages, Required: true, "rejected_messages", "dispreferred");
    private static readonly FormatField System = new("system", FieldShape.Text, Required: false, "system_prompt");
    private static readonly FormatField Margin = new("margin", FieldShape.Any, Required: false);
    private static readonly FormatField ChosenScore = new("score_chosen", FieldShape.Any, Required: false, "chosen_score");
    private static readonly FormatField RejectedScore = new("score_rejected", FieldShape.Any, Required: false, "rejected_score");
    private static readonly FormatField Tools = new("tools", FieldShape.Any, Required: false);

    public override string Name => "trl_preference";

    public override string Title => "Preference pairs (chosen, rejected)";

    public override ExampleKind Kind => ExampleKind.Preference;

    public override IReadOnlyList<FormatField> Fields { get; } = [Prompt, Input, Chosen, Rejected, System, Margin, ChosenScore, RejectedScore, Tools];

    public override string Sample => """{"prompt": "Is it late?", "chosen": "It is ten.", "rejected": "Maybe."}""";

    public override Example? Normalise(FormatRow row)
    {
        var chosen = row.TextOrMessages(Chosen, "assistant", out var chosenIsText);
        var rejected = row.TextOrMessages(Rejected, "assistant", out var rejectedIsText);
        if (row.Failed || chosen is null || rejected is null)
        {
            return null;
        }

        List<Message>? prompt = null;
        if (row.Node(Prompt) is not null)
        {
            prompt = row.TextOrMessages(Prompt, "user", out var promptIsText);
            if (promptIsText && prompt is not null && row.Text(Input) is { } input)
            {
                prompt[0] = prompt[0] with { Content = Alpaca.Join(prompt[0].Content, input) };
            }
        }

        if (row.Failed)
        {
            return null;
        }

        if (prompt is null)
        {
            (prompt, chosen, rejected) = chosenIsText && rejectedIsText
                ? SplitTexts(chosen[0].Content ?? "", rejected[0].Content ?? "")
                : SplitMessages(chosen, rejected);
            if (prompt.Count == 0)
            {
                row.Error("no_prompt", "The row has no prompt, and chosen and rejected do not begin alike.", "Add a \"prompt\", or begin both answers with the same conversation.", "prompt");
                return null;
            }
        }
        else
        {
            chosen = WithoutPrompt(prompt, chosen);
            rejected = WithoutPrompt(prompt, rejected);
        }

        if (row.Text(System) is { } system && !string.IsNullOrWhiteSpace(system) && prompt[0].Role != "system")
        {
            prompt.Insert(0, new Message { Role = "system", Content = system });
        }

        var tools = row.Tools(Tools);
        var margin = FormatRow.AsNumber(row.Node(Margin)) ?? (FormatRow.AsNumber(row.Node(ChosenScore)) - FormatRow.AsNumber(row.Node(RejectedScore)));
        return row.Failed ? null : new PreferenceExample { Prompt = prompt, Chosen = chosen, Rejected = rejected, Margin = margin, Tools = tools, Line = row.Line };
    }

    private static (List<Message> Prompt, List<Message> Chosen, List<Message> Rejected) SplitTexts(string chosen, string rejected)
    {
        if (Transcript.Read(chosen) is { } first && Transcript.Read(rejected) is { } second)
        {
            return SplitMessages(first, second);
        }

        var common = 0;
        while (common < Math.Min(chosen.Length, rejected.Length) && chosen[common] == rejected[common])
        {
            common++;
        }

        if (common == chosen.Length && common == rejected.Length)
        {
            // Equal texts have no answer to split off; the rule about equal answers reports them.
            common = 0;
        }

        if (common > 0 && (chosen[common - 1] == ' ' || char.IsHighSurrogate(chosen[common - 1])))
        {
            common--;
        }

        return common == 0
            ? ([], [Assistant(chosen)], [Assistant(rejected)])
            : ([new Message { Role = "user", Content = chosen[..common] }], [Assistant(chosen[common..])], [Assistant(rejected[common..])]);
    }

    private static (List<Message> Prompt, List<Message> Chosen, List<Message> Rejected) SplitMessages(List<Message> chosen, List<Message> rejected)
    {
        var common = 0;
        while (common < Math.Min(chosen.Count, rejected.Count) && Same(chosen[common], rejected[common]))
        {
            common++;
        }

        // Equal conversations: the last assistant turn is the answer, so that the rule about equal answers sees one.
        if (common == chosen.Count || common == rejected.Count)
        {
            common = Math.Max(0, Math.Min(chosen.Count, rejected.Count) - 1);
        }

        return (chosen[..common], chosen[common..], rejected[common..]);
    }

    private static List<Message> WithoutPrompt(List<Message> prompt, List<Message> answer)
    {
        var begins = answer.Count > prompt.Count && prompt.Zip(answer).All(pair => Same(pair.First, pair.Second));
        if (begins)
        {
            return answer[prompt.Count..];
        }

        // Sets such as UltraFeedback repeat a one-turn prompt as the first user message of each answer.
        return prompt.Count == 1 && answer.Count > 1 && answer[0].Role == "user" && answer[0].Content == prompt[0].Content ? answer[1..] : answer;
    }

    private static bool Same(Message a, Message b) => a.Role == b.Role && a.Content == b.Content && a.ToolCallId == b.ToolCallId && (a.ToolCalls?.Count ?? 0) == (b.ToolCalls?.Count ?? 0);

    private static Message Assistant(string text) => new() { Role = "assistant", Content = text };
}
