using Studio.Data.Store;

namespace Studio.Data.Registry;

public enum DeploymentState
{
    Starting,
    Proving,
    Ready,
    Failed,
    Stopped,
}

/// <summary>An alias of the endpoint and the adapter version it answers with.</summary>
public sealed record Deployment : IRecord
{
    public required string Id { get; init; }

    public long Revision { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>The <c>model</c> name that clients ask for; unique among deployments that are not stopped.</summary>
    public required string Alias { get; init; }

    public required string AdapterId { get; init; }

    public required string BaseModelId { get; init; }

    public DeploymentState State { get; init; } = DeploymentState.Starting;

    public string? Problem { get; init; }

    public DeploymentProof? Proof { get; init; }

    /// <summary>Adapters this alias had before, newest last; rollback takes the last one.</summary>
    public IReadOnlyList<string> PreviousAdapterIds { get; init; } = [];

    public string? DeployedBy { get; init; }
}

/// <summary>What a serving worker found when asked whether an adapter is really applied.</summary>
public sealed record DeploymentProof
{
    public int ModulesExpected { get; init; }

    public int ModulesApplied { get; init; }

    /// <summary>Largest absolute difference of the logits to those of the base on the proof prompt.</summary>
    public double MaxLogitDifference { get; init; }

    public string Prompt { get; init; } = "";

    public string BaseAnswer { get; init; } = "";

    public string AdapterAnswer { get; init; } = "";

    public bool Holds => ModulesExpected > 0 && ModulesApplied == ModulesExpected && MaxLogitDifference > 0;
}
