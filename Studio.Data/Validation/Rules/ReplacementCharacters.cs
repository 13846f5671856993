using Studio.Data.Examples;

namespace Studio.Data.Validation.Rules;

/// <summary>The replacement character: letters were lost when the text was converted before.</summary>
public sealed class ReplacementCharacters : Rule
{
    public override string Name => "lost_characters";

    public override void Check(Example example, RowReport report)
    {
        foreach (var turn in ExampleTurns.Of(example))
        {
            var at = turn.Message.Content?.IndexOf('\uFFFD', StringComparison.Ordinal) ?? -1;
            if (at >= 0)
            {
                var text = turn.Message.Content!;
                report.Warn(Name, "The text holds the replacement character (\uFFFD): letters were lost in an earlier conversion.", "Export the data again as UTF-8 from its source.", turn.Field, text[Math.Max(0, at - 40)..Math.Min(text.Length, at + 40)]);
            }
        }
    }
}
