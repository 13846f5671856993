using Studio.Data.Examples;
using Studio.Data.Store;

namespace Studio.Data.Reviews;

public enum VoteKind
{
    /// <summary>One of several answers is better than the others.</summary>
    Better,

    /// <summary>None of several answers is good.</summary>
    AllBad,

    /// <summary>A single answer is good.</summary>
    Good,

    /// <summary>A single answer is not good.</summary>
    Bad,
}

/// <summary>An answer that was judged, and the model that gave it.</summary>
public sealed record VotedAnswer(string Model, string Text);

/// <summary>What a person thought of answers; after review it becomes preference data.</summary>
public sealed record Vote : IRecord
{
    public const int LongestText = 100_000;

    public required string Id { get; init; }

    public long Revision { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required VoteKind Kind { get; init; }

    /// <summary>playground, or endpoint for answers flagged over the API.</summary>
    public required string Source { get; init; }

    /// <summary>The conversation that was answered; the last turn is not the assistant's.</summary>
    public required IReadOnlyList<Message> Prompt { get; init; }

    public required IReadOnlyList<VotedAnswer> Answers { get; init; }

    /// <summary>Index of the better answer.</summary>
    public int? Preferred { get; init; }

    /// <summary>A better answer that somebody wrote, in place of the preferred one.</summary>
    public string? Edited { get; init; }

    public string? Comment { get; init; }

    /// <summary>Id of the answer as <c>/v1/chat/completions</c> gave it.</summary>
    public string? RequestId { get; init; }

    public required string By { get; init; }

    public ReviewState State { get; init; } = ReviewState.Open;

    public string? ReviewedBy { get; init; }

    public DateTimeOffset? ReviewedAt { get; init; }

    /// <summary>The answer to learn: the written one, else the preferred one, else the only one when it is good.</summary>
    public string? Wanted => Edited ?? Kind switch
    {
        VoteKind.Better when Preferred is { } index && index >= 0 && index < Answers.Count => Answers[index].Text,
        VoteKind.Good when Answers.Count > 0 => Answers[0].Text,
        _ => null,
    };
}
