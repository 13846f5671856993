using System.Security.Cryptography;
using System.Text;
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

    /// <summary>Null until the step Goal was reached: then the goal's defaults for this data are filled in.</summary>
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

    public bool IsEmpty => Data.Count == 0 && Recipe is null && FromJobId is null && StartAdapterId is null && Name.Length == 0;

    public bool CheckIsFresh => Check is not null && CheckKey == Key;

    /// <summary>Stands for everything that a check depends on.</summary>
    public string Key => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(StudioJson.Serialize(ToRequest() with { Name = "", Suffix = null, OwnerId = null }))))[..16];

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
