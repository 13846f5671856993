using Studio.Data.Examples;

namespace Studio.Data.Validation.Rules;

/// <summary>Examples far longer than a row of training: their end would be cut off.</summary>
public sealed class VeryLong : Rule
{
    public const int Characters = 100_000;

    public override string Name => "very_long";

    public override void Check(Example example, RowReport report)
    {
        var length = ExampleTurns.Characters(example);
        if (length > Characters)
        {
            report.Warn(Name, FormattableString.Invariant($"The example has {length:N0} characters; all beyond the longest length of the recipe is cut off."), "Split it into several examples.");
        }
    }
}
