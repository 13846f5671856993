using System.Text.RegularExpressions;
using Studio.Data.Examples;

namespace Studio.Data.Validation.Rules;

/// <summary>Placeholders such as {{name}} that nobody filled in: the model would learn to write them.</summary>
public sealed partial class Placeholder : Rule
{
    public override string Name => "placeholder";

    public override void Check(Example example, RowReport report)
    {
        foreach (var turn in ExampleTurns.Of(example))
        {
            if (turn.IsAnswer && turn.Message.Content is { } text && DoubleBraces().Match(text) is { Success: true } match)
            {
                report.Warn(Name, $"The answer holds the placeholder {match.Value}.", "Put the real value in its place, or leave it if the model shall write it.", turn.Field, text);
            }
        }
    }

    [GeneratedRegex(@"\{\{ ?[A-Za-z_][A-Za-z0-9_]{0,40} ?\}\}")]
    private static partial Regex DoubleBraces();
}
