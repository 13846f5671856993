using Studio.Data.Jobs;
using Studio.Data.Recipes;

namespace Studio.Web.Jobs;

/// <summary>What a person or a client asks for when a job is made: the wizard, <c>/api/jobs</c> and <c>/v1/fine_tuning/jobs</c> all fill this.</summary>
public sealed record JobRequest
{
    /// <summary>Label; empty takes the suffix or the name of the data.</summary>
    public string Name { get; init; } = "";

    public required string BaseModelId { get; init; }

    /// <summary>Dataset versions with weights; empty when <see cref="TrainingFileId"/> names a file to import first.</summary>
    public IReadOnlyList<DatasetUse> Data { get; init; } = [];

    public string? ValidationVersionId { get; init; }

    public Recipe Recipe { get; init; } = new();

    /// <summary>Up to 64 characters for the model name; null takes the name.</summary>
    public string? Suffix { get; init; }

    public IReadOnlyDictionary<string, string> Metadata { get; init; } = new Dictionary<string, string>();

    public string? StartAdapterId { get; init; }

    /// <summary>The training whose next stage this is.</summary>
    public string? FollowsJobId { get; init; }

    public string? OwnerId { get; init; }

    public string? TrainingFileId { get; init; }

    public string? ValidationFileId { get; init; }
}
