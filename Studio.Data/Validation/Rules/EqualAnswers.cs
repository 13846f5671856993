using Studio.Data.Examples;

namespace Studio.Data.Validation.Rules;

/// <summary>Preference pairs whose answers are the same: they say nothing about what is better.</summary>
public sealed class EqualAnswers : Rule
{
    public override string Name => "equal_answers";

    public override void Check(Example example, RowReport report)
    {
        if (example is PreferenceExample pair
            && pair.Chosen.Count == pair.Rejected.Count
            && pair.Chosen.Zip(pair.Rejected).All(p => p.First.Role == p.Second.Role
                && string.Equals(p.First.Content?.Trim(), p.Second.Content?.Trim(), StringComparison.Ordinal)
                && StudioJson.Serialize(p.First.ToolCalls) == StudioJson.Serialize(p.Second.ToolCalls)))
        {
            report.Error(Name, "The chosen and the rejected answer are the same.", "Correct one of them, or remove the row.", "rejected", pair.Rejected.FirstOrDefault()?.Content);
        }
    }
}
