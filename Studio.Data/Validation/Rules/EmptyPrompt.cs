using Studio.Data.Examples;

namespace Studio.Data.Validation.Rules;

/// <summary>Questions, system prompts and tool results without text.</summary>
public sealed class EmptyPrompt : Rule
{
    public override string Name => "empty_prompt";

    public override void Check(Example example, RowReport report)
    {
        var asked = false;
        var turns = ExampleTurns.Of(example).Where(t => !t.IsAnswer).ToList();
        foreach (var turn in turns)
        {
            var empty = string.IsNullOrWhiteSpace(turn.Message.Content);
            asked |= turn.Message.Role is "user" && !empty;
            if (empty && turn.Message.Role is "user" or "system" or "developer")
            {
                report.Warn(Name, $"The {turn.Message.Role} message is empty.", "Write its text, or remove the message.", turn.Field);
            }
        }

        if (!asked && example is PromptExample or PreferenceExample or FeedbackExample)
        {
            report.Error("no_prompt", "The prompt holds no user message with text.", "Add what is asked.", "prompt");
        }
    }
}
