using System.Text.Json;
using System.Text.Json.Nodes;
using Studio.Data;
using Studio.Data.Jobs;
using Studio.Data.Preparation;
using Studio.Data.Store;
using Studio.Data.Validation;
using Studio.Web.Access;

namespace Studio.Web.Jobs;

/// <summary>Makes preparations and takes what people ask of them.</summary>
public sealed class PreparationBoard(StudioDatabase database, JobQueue queue, PreparationItems items, PreparedReviews reviews, StudioPaths paths, AuditLog audit, TimeProvider time, ILogger<PreparationBoard> logger)
    : Board<PreparationJob>(database.Preparations, audit, time, logger)
{
    private const int MostFiles = 20;

    public override string Noun => "preparation";

    /// <summary>Everything that would keep the preparation from being queued.</summary>
    public IReadOnlyList<Problem> Problems(PreparationRequest request)
    {
        List<Problem> problems = [.. JobRules.Labels(request.Name)];
        Model(request, problems);
        if (Preparations.Find(request.Kind) is not { } kind)
        {
            problems.Add(Refusals.Invalid("kind", $"There is no preparation \"{request.Kind}\".", $"Use one of: {string.Join(", ", Preparations.All.Select(k => k.Name))}."));
            return problems;
        }

        problems.AddRange(kind.Validate(request.Options));
        if (!kind.HasItems && request.FileIds.Count == 0)
        {
            problems.Add(Refusals.Invalid("file_ids", $"\"{kind.Title}\" needs a file with prompts.", "Upload one."));
        }

        if (kind.HasItems && request.FileIds.Count == 0 && request.Options["use_pack"] is JsonValue use && use.GetValueKind() == JsonValueKind.False)
        {
            problems.Add(Refusals.Invalid("file_ids", "There are no prompts: the sample pack is off and no file was given.", "Use the sample pack, or upload prompts."));
        }

        if (request.FileIds.Count > MostFiles || request.FileIds.Distinct(StringComparer.Ordinal).Count() < request.FileIds.Count)
        {
            problems.Add(Refusals.Invalid("file_ids", "Too many files, or one twice.", FormattableString.Invariant($"Give at most {MostFiles} files, each once.")));
        }
        else
        {
            foreach (var file in request.FileIds)
            {
                problems.AddRange(items.Count(file, kind.Name).Problems);
            }
        }

        return problems;
    }

    public Outcome<PreparationJob> Create(PreparationRequest request, string actor)
    {
        var problems = Problems(request);
        if (problems.Count > 0)
        {
            return Outcome<PreparationJob>.Refuse(problems);
        }

        return Add(new PreparationJob
        {
            Id = NewId.Preparation(),
            CreatedAt = Now,
            Name = request.Name.Length > 0 ? request.Name : Preparations.Find(request.Kind)!.Title,
            Kind = request.Kind,
            BaseModelId = request.BaseModelId,
            AdapterId = request.AdapterId,
            FileIds = request.FileIds,
            Options = request.Options,
            OwnerId = request.OwnerId,
        }, actor);
    }

    protected override JobFolder Folder(string jobId) => paths.Preparation(jobId);

    protected override void Enqueue(PreparationJob job) => queue.EnqueuePreparation(job.Id);

    /// <summary>A failed preparation is tried again with the prompts that have no answer yet.</summary>
    protected override bool Resumes(JobState state) => base.Resumes(state) || state == JobState.Failed;

    protected override void Deleted(string jobId) => reviews.Forget(jobId);

    private void Model(PreparationRequest request, List<Problem> problems)
    {
        if (database.BaseModels.Get(request.BaseModelId) is not { } model)
        {
            problems.Add(Refusals.Missing("base model", request.BaseModelId, "base_model_id"));
        }
        else if (JobRules.NotReady(model, "base_model_id") is { } problem)
        {
            problems.Add(problem);
        }

        if (request.AdapterId is not { } adapterId)
        {
            return;
        }

        if (database.Adapters.Get(adapterId) is not { } adapter)
        {
            problems.Add(Refusals.Missing("adapter", adapterId, "adapter_id"));
        }
        else if (adapter.BaseModelId != request.BaseModelId || adapter.Kind != "lora")
        {
            problems.Add(Refusals.Invalid("adapter_id", $"The adapter {adapter.Name} belongs to another base model, or answers nothing.", "Choose an adapter of the same base model."));
        }
    }
}
