using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Studio.Data;
using Studio.Data.Jobs;
using Studio.Data.Recipes;
using Studio.Web.Jobs;

namespace Studio.Web.Pages.Train;

/// <summary>A run that is being put together in the wizard; kept in the store, so that leaving, going back and reloading lose nothing.</summary>
public sealed record TrainDraft
{
    public required string Id { get; init; }

    public DateTimeOffset UpdatedAt { get; init; }

    public string? OwnerId { get; init; }

    public string Name { get; init; } = "";

    public string? Suffix { get; init; }

    public IReadOnlyList<DatasetUse> Data { get; init; } = [];

    public string? ValidationVersionId { get; init; }

    public string? BaseModelId { get; init; }

    public string? StartAdapterId { get; init; }

    /// <summary>What it shall get better at (<see cref="Goals"/>); null until a person chose.</summary>
    public string? Goal { get; init; }

    /// <summary>What the rows are built from, where the goal prepares them.</summary>
    public DraftPreparation? Preparation { get; init; }

    /// <summary>Null until the step Recipe was reached: then the goal's defaults for this data are filled in.</summary>
    public Recipe? Recipe { get; init; }

    /// <summary>The recipe as it was offered; changes are marked against it.</summary>
    public Recipe? Offered { get; init; }

    public bool Advanced { get; init; }

    /// <summary>The run this was cloned from, and why that one failed.</summary>
    public string? FromJobId { get; init; }

    public string? Fix { get; init; }

    /// <summary>The answer of the last check and what was checked.</summary>
    public CheckReport? Check { get; init; }

    public string? CheckKey { get; init; }

    public bool IsEmpty => Goal is null && Data.Count == 0 && Recipe is null && FromJobId is null && StartAdapterId is null && Name.Length == 0;

    /// <summary>True when rows are built for the goal instead of brought.</summary>
    [JsonIgnore]
    public bool Prepares => Goal is { } goal && Goals.Find(goal)?.PreparationKind is not null && Preparation is not { OwnData: true };

    public bool CheckIsFresh => Check is not null && CheckKey == Key;

    /// <summary>Stands for everything that a check depends on.</summary>
    public string Key => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(StudioJson.Serialize(ToRequest() with { Name = "", Suffix = null, OwnerId = null }))))[..16];

    /// <summary>The goal with what was said of it before; data of another goal's preparation is left behind.</summary>
    public TrainDraft For(Goal goal)
    {
        if (goal.Name == Goal)
        {
            return this;
        }

        var made = Preparation is { JobId: not null, OwnData: false };
        return this with
        {
            Goal = goal.Name,
            Preparation = goal.PreparationKind is null ? null : new DraftPreparation { OwnData = !made && Data.Count > 0 },
            Data = made ? [] : Data,
            ValidationVersionId = made ? null : ValidationVersionId,
            Recipe = null,
            Offered = null,
        };
    }

    public JobRequest ToRequest() => new()
    {
        Name = Name.Trim(),
        Suffix = string.IsNullOrWhiteSpace(Suffix) ? null : Suffix.Trim(),
        BaseModelId = BaseModelId ?? "",
        Data = Data,
        ValidationVersionId = ValidationVersionId,
        StartAdapterId = StartAdapterId,
        Recipe = Recipe ?? new Recipe(),
        OwnerId = OwnerId,
    };
}

/// <summary>The settings of a preparation in the wizard, and the job that was made of them.</summary>
public sealed record DraftPreparation
{
    /// <summary>The person brings training data instead.</summary>
    public bool OwnData { get; init; }

    public JsonObject Options { get; init; } = [];

    public IReadOnlyList<string> FileIds { get; init; } = [];

    public string? JobId { get; init; }

    public bool Advanced { get; init; }
}
