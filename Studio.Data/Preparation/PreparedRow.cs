using System.Text.Json.Serialization;

namespace Studio.Data.Preparation;

/// <summary>What a model should do with a prompt.</summary>
public enum Wanted
{
    Refuse,
    Answer,
    Abstain,
}

public enum ReviewState
{
    /// <summary>As Studio made it; it trains unless a person rejects it.</summary>
    Proposed,

    Accepted,

    /// <summary>A person wrote the answer.</summary>
    Edited,

    /// <summary>Left out of training.</summary>
    Rejected,
}

public enum PreparedSplit
{
    Train,
    Validation,

    /// <summary>In no training file; evaluations ask it.</summary>
    HeldOut,
}

/// <summary>Names of <see cref="PreparedRow.Group"/>.</summary>
public static class PreparedGroups
{
    public const string Trap = "trap";
    public const string LookAlike = "look_alike";
    public const string Replay = "replay";
    public const string Question = "question";
}

/// <summary>A prompt, what is wanted, and the answer to learn: a line of <c>prepared.jsonl</c>, and of the reviewer's screen.</summary>
public sealed record PreparedRow
{
    public required string Id { get; init; }

    /// <summary>Shared by a trap and its look-alike; null stands alone.</summary>
    public string? PairId { get; init; }

    /// <summary>One of <see cref="PreparedGroups"/>.</summary>
    public required string Group { get; init; }

    public string? Category { get; init; }

    /// <summary>en, zh.</summary>
    public required string Language { get; init; }

    public required string Prompt { get; init; }

    public required Wanted Wanted { get; init; }

    /// <summary>What training teaches; empty while the base has not been asked.</summary>
    public string Answer { get; init; } = "";

    /// <summary>True where <see cref="Answer"/> is the beginning of a longer one: its end is not learned.</summary>
    public bool Unfinished { get; init; }

    /// <summary>Training sees only the first so many words of the answer (twice as many characters in Chinese); null sees all of it.</summary>
    public int? KeptWords { get; init; }

    /// <summary>Weight of the answer in the loss; null is 1.</summary>
    public double? Weight { get; init; }

    /// <summary>System turn before the prompt, possibly empty; null leaves it to the chat template.</summary>
    public string? System { get; init; }

    /// <summary>What the base says before training; null where it was not asked.</summary>
    public string? BaseAnswer { get; init; }

    /// <summary>True where <see cref="BaseAnswer"/> is the beginning of a longer one.</summary>
    public bool BaseUnfinished { get; init; }

    /// <summary>True where the base already does what is wanted, in other words than <see cref="Answer"/>: what it says is no worse answer.</summary>
    public bool BaseServes { get; init; }

    /// <summary>What the model should rather not say, for preference methods; null leaves it to the base's answer or to the other side of the pair.</summary>
    public string? WorseAnswer { get; init; }

    /// <summary>How sure the base was of its answer, 0 to 1 (geometric mean of the probabilities of its tokens); null where it was not measured.</summary>
    public double? Confidence { get; init; }

    /// <summary>Right answers, where the kind has them.</summary>
    public IReadOnlyList<string>? Expected { get; init; }

    public PreparedSplit Split { get; init; }

    public ReviewState State { get; init; }

    /// <summary>A reviewer's words.</summary>
    public string? Note { get; init; }

    /// <summary>True when the row goes into training data.</summary>
    [JsonIgnore]
    public bool Trains => State != ReviewState.Rejected && Answer.Length > 0 && Split != PreparedSplit.HeldOut;
}
