using System.Text.Json.Nodes;
using Studio.Data.Examples;

namespace Studio.Training.Rewards;

/// <summary>An answer that the model wrote, with what a reward may look at.</summary>
public sealed record JudgedAnswer
{
    /// <summary>The row the prompt comes from: turns, right answer, further columns.</summary>
    public required PromptExample Row { get; init; }

    public required string Text { get; init; }

    public IReadOnlyList<int> PromptIds { get; init; } = [];

    /// <summary>Tokens of the answer, the end of the turn included.</summary>
    public IReadOnlyList<int> Ids { get; init; } = [];

    /// <summary>False when the answer was cut at the longest length.</summary>
    public bool Stopped { get; init; } = true;

    /// <summary>The last thing the person said.</summary>
    public string Question => Row.Prompt.LastOrDefault(m => m.Role == "user")?.Content ?? "";

    /// <summary>The text behind a closed thought, or all of it.</summary>
    public string Conclusion => Text.LastIndexOf(ThoughtEnd, StringComparison.Ordinal) is >= 0 and var at ? Text[(at + ThoughtEnd.Length)..].Trim() : Text.Trim();

    /// <summary>A column of the row as text; null when it is not there.</summary>
    public string? Column(string name) => Row.Extra?[name] switch
    {
        null => null,
        JsonValue value when value.TryGetValue<string>(out var text) => text,
        var other => other.ToJsonString(),
    };

    private const string ThoughtEnd = "</think>";
}

/// <summary>Says how good answers are. A new one is a file here and a line in <see cref="RewardList"/>.</summary>
public abstract class Reward : IDisposable
{
    /// <summary>Name in recipes and charts.</summary>
    public abstract string Name { get; }

    /// <summary>What this reward lacks in a row; null when the row has all.</summary>
    public virtual string? Lacks(PromptExample row) => null;

    /// <summary>One number per answer, larger is better; NaN where the row says nothing about it.</summary>
    public abstract Task<double[]> ScoreAsync(IReadOnlyList<JudgedAnswer> answers, CancellationToken cancellation);

    public virtual void Dispose() => GC.SuppressFinalize(this);
}

/// <summary>A reward that looks at one answer at a time.</summary>
public abstract class SingleReward : Reward
{
    public override Task<double[]> ScoreAsync(IReadOnlyList<JudgedAnswer> answers, CancellationToken cancellation) =>
        Task.FromResult(answers.Select(a => Lacks(a.Row) is null ? Score(a) : double.NaN).ToArray());

    protected abstract double Score(JudgedAnswer answer);
}
