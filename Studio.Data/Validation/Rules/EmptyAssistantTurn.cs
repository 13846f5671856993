using Studio.Data.Examples;

namespace Studio.Data.Validation.Rules;

/// <summary>Answers without text: the model would learn to say nothing.</summary>
public sealed class EmptyAssistantTurn : Rule
{
    public override string Name => "empty_assistant_turn";

    public override void Check(Example example, RowReport report)
    {
        if (example is TextExample)
        {
            return;
        }

        foreach (var turn in ExampleTurns.Of(example))
        {
            if (turn.IsAnswer && turn.Message.Weight != 0 && turn.Message.ToolCalls is not { Count: > 0 } && string.IsNullOrWhiteSpace(turn.Message.Content))
            {
                report.Error(
                    Name,
                    string.IsNullOrEmpty(turn.Message.Content) ? "The assistant's answer is empty." : "The assistant's answer is nothing but white space.",
                    "Write the answer, or remove the row.",
                    example is CompletionExample ? turn.Field : turn.Field + ".content");
            }
        }
    }
}
