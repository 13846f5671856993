using System.Text.Json.Serialization;
using Studio.Data.Examples;

namespace Studio.Training.Rollouts;

/// <summary>A prompt as tokens, with the row it comes from.</summary>
public sealed record PromptTokens(int[] Ids, PromptExample Row);

/// <summary>One sampled answer and what training needs to know of it; part of a checkpoint while it is trained on.</summary>
public sealed record Rollout
{
    /// <summary>Number of the prompt in the training data.</summary>
    public required int Prompt { get; init; }

    /// <summary>Tokens of the answer, the end of the turn included.</summary>
    public required int[] Ids { get; init; }

    /// <summary>False when it was cut at the longest length.</summary>
    public required bool Stopped { get; init; }

    [JsonIgnore]
    public string Text { get; init; } = "";

    /// <summary>log p of each token when it was sampled, at temperature 1.</summary>
    [JsonIgnore]
    public float[] Sampled { get; init; } = [];

    /// <summary>Per reward, NaN where one says nothing.</summary>
    [JsonIgnore]
    public double[] Rewards { get; init; } = [];

    /// <summary>Weighted sum of the rewards.</summary>
    public double Score { get; init; }

    public double Advantage { get; init; }

    /// <summary>log p of each token under the policy that sampled; null where the policy has not moved since.</summary>
    public float[]? Old { get; init; }

    /// <summary>log p of each token under the reference; null where none is needed.</summary>
    public float[]? Reference { get; init; }

    /// <summary>What the critic expected before each token and behind the last; null without a critic.</summary>
    public float[]? Values { get; init; }
}

/// <summary>The answers sampled at one moment.</summary>
/// <param name="Number">Which sampling of the epoch it is.</param>
public sealed record RolloutSet(int Epoch, int Number, IReadOnlyList<Rollout> Rows)
{
    /// <summary>For the charts; logged with the first micro-batch that uses the set.</summary>
    [JsonIgnore]
    public IReadOnlyDictionary<string, double> Metrics { get; init; } = new Dictionary<string, double>();
}
