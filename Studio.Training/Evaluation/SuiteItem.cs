using System.Text.Json.Nodes;

namespace Studio.Training.Evaluation;

/// <summary>One thing to ask a model.</summary>
/// <param name="Id">Unique within the suite.</param>
/// <param name="Group">Category that is also reported on its own; <c>category/subject</c> is reported for both; null has none.</param>
/// <param name="Prompt">What is shown as the question.</param>
/// <param name="Row">The row of the items file.</param>
public sealed record SuiteItem(string Id, string? Group, string Prompt, string? Expected, JsonObject Row)
{
    /// <summary>Rows of the few-shot examples put before the question.</summary>
    public IReadOnlyList<JsonObject> Shots { get; init; } = [];
}

/// <summary>What a model answered to an item, and what that is worth per metric (1 and 0 for yes and no).</summary>
public sealed record ItemAnswer(string Text, IReadOnlyDictionary<string, double> Scores);

/// <summary>A number that is not the mean of the items' scores.</summary>
/// <param name="Of">The number for some items; NaN where it is undefined.</param>
/// <param name="Resamples">Bootstrap resamples behind its interval.</param>
public sealed record SuiteAggregate(string Metric, Func<IReadOnlyList<ItemOutcome>, double> Of, int Resamples = 1000);

/// <summary>An item as an aggregate sees it.</summary>
public sealed record ItemOutcome(string? Expected, string Answer, IReadOnlyDictionary<string, double> Scores, string? Group = null);
