using Studio.Data.Examples;

namespace Studio.Data.Validation.Rules;

/// <summary>Characters that no reader sees: NUL is an error, other control characters a warning.</summary>
public sealed class ControlCharacters : Rule
{
    public override string Name => "control_characters";

    public override void Check(Example example, RowReport report)
    {
        foreach (var turn in ExampleTurns.Of(example))
        {
            var text = turn.Message.Content.AsSpan();
            if (text.Contains('\0'))
            {
                report.Error("nul_byte", "The text holds a NUL character.", "Remove it; it comes from a broken export or a binary file.", turn.Field);
            }
            else if (IndexOfControl(text) is >= 0 and var at)
            {
                report.Warn(Name, FormattableString.Invariant($"The text holds the control character U+{(int)text[at]:X4}."), "Remove it unless the model must learn to write it.", turn.Field, turn.Message.Content![Math.Max(0, at - 40)..Math.Min(text.Length, at + 40)]);
            }
        }
    }

    private static int IndexOfControl(ReadOnlySpan<char> text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] is < ' ' and not ('\t' or '\n' or '\r') or (>= '\u007F' and <= '\u009F'))
            {
                return i;
            }
        }

        return -1;
    }
}
