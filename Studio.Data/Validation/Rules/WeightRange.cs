using Studio.Data.Examples;

namespace Studio.Data.Validation.Rules;

/// <summary>Weights outside 0 to 1, or on turns that are not trained anyway.</summary>
public sealed class WeightRange : Rule
{
    public override string Name => "weight_range";

    public override void Check(Example example, RowReport report)
    {
        foreach (var turn in ExampleTurns.Of(example))
        {
            if (turn.Message.Weight is not { } weight)
            {
                continue;
            }

            if (double.IsNaN(weight) || weight < 0 || weight > 1)
            {
                report.Error(Name, FormattableString.Invariant($"The weight {weight} is outside 0 to 1."), "Use 0 to leave the turn out of training, 1 to train it fully, or a number between.", turn.Field + ".weight");
            }
            else if (!turn.IsAnswer && turn.Message.Role != "assistant" && weight > 0)
            {
                report.Inform("weight_without_effect", $"A weight on a {turn.Message.Role} message has no effect.", "Put weights on assistant messages.", turn.Field + ".weight");
            }
        }
    }
}
