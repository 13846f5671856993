using Studio.Data.Preparation;
using Studio.Training.Evaluation;

namespace Studio.Training.Preparation;

/// <summary>Rows without the system prompt that a chat template writes of its own: shorter, and what is learned holds under other system prompts.</summary>
internal static class SystemTurns
{
    /// <param name="share">Share of the rows that go without; ordinary prompts for replay keep it.</param>
    public static IReadOnlyList<PreparedRow> Emptied(IReadOnlyList<PreparedRow> rows, EvaluatedModel model, double share, Random random) => model.WritesOwnSystemTurn
        ? [.. rows.Select(r => random.NextDouble() < share && r.Group != PreparedGroups.Replay ? r with { System = "" } : r)]
        : rows;
}
