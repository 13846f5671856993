using System.Globalization;

namespace Studio.Data.Recipes;

/// <summary>A reward as a recipe writes it: its name, or <c>name*weight</c>.</summary>
public sealed record RewardEntry(string Name, double Weight)
{
    /// <summary>Chooses a reward by what the rows hold.</summary>
    public const string Auto = "auto";

    /// <summary>Rewards this build knows; the trainer has one file for each.</summary>
    public static IReadOnlyList<string> Names { get; } =
    [
        "refusal_pair", "reward_model", "exact_answer", "numeric_answer", "regex", "json_schema", "length", "language", "repetition", "reasoning_format", "judge", "grader",
    ];

    /// <exception cref="FormatException">No known name, or a weight that is not a number.</exception>
    public static RewardEntry Parse(string text)
    {
        var parts = text.Split('*', 2, StringSplitOptions.TrimEntries);
        var weight = 1.0;
        if (parts.Length == 2 && (!double.TryParse(parts[1], NumberStyles.Float, CultureInfo.InvariantCulture, out weight) || !double.IsFinite(weight)))
        {
            throw new FormatException($"\"{text}\" has no number as its weight; write for example {parts[0]}*0.5.");
        }

        return Names.Contains(parts[0]) || parts[0] == Auto
            ? new RewardEntry(parts[0], weight)
            : throw new FormatException($"There is no reward \"{parts[0]}\"; use one of: {Auto}, {string.Join(", ", Names)}.");
    }
}
