using System.Text.Json;
using System.Text.Json.Nodes;
using Hangfire;
using Studio.Data;
using Studio.Data.Jobs;
using Studio.Data.Preparation;
using Studio.Data.Registry;
using Studio.Data.Store;
using Studio.Data.Validation;
using Studio.Web.Access;

namespace Studio.Web.Jobs;

/// <summary>Makes preparations and takes what people ask of them. As with trainings, the record is written first and is the truth.</summary>
public sealed class PreparationBoard(StudioDatabase database, JobQueue queue, PreparationItems items, PreparedReviews reviews, StudioPaths paths, AuditLog audit, TimeProvider time, ILogger<PreparationBoard> logger)
{
    private const int MostFiles = 20;

    public PreparationJob? Get(string preparationId) => database.Preparations.Get(preparationId);

    /// <summary>Everything that would keep the preparation from being queued.</summary>
    public IReadOnlyList<Problem> Problems(PreparationRequest request)
    {
        List<Problem> problems = [];
        if (request.Name.Length > 100 || request.Name.Any(char.IsControl))
        {
            problems.Add(Refusals.Invalid("name", "The name is too long or has control characters.", "Use at most 100 printable characters."));
        }

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

        var preparation = database.Preparations.Insert(new PreparationJob
        {
            Id = NewId.Preparation(),
            CreatedAt = time.GetUtcNow(),
            Name = request.Name.Length > 0 ? request.Name : Preparations.Find(request.Kind)!.Title,
            Kind = request.Kind,
            BaseModelId = request.BaseModelId,
            AdapterId = request.AdapterId,
            FileIds = request.FileIds,
            Options = request.Options,
            OwnerId = request.OwnerId,
        });
        audit.Write(actor, "preparation.created", preparation.Id, preparation.Name);
        Dispatch(preparation);
        return preparation;
    }

    public Outcome<PreparationJob> Pause(string preparationId, string actor) => Ask(preparationId, actor, "preparation.paused", p => p.State switch
    {
        JobState.Running => p with { Request = JobBoard.PauseRequest },
        JobState.Queued or JobState.Interrupted => p with { State = JobState.Paused },
        _ => null,
    });

    /// <summary>Goes on with the prompts that have no answer yet; a failed preparation is tried again in the same way.</summary>
    public Outcome<PreparationJob> Resume(string preparationId, string actor) => Ask(preparationId, actor, "preparation.resumed", p => p.State switch
    {
        JobState.Paused or JobState.Interrupted or JobState.Failed => p with { State = JobState.Queued, Request = null, Attempts = 0, Failure = null, FinishedAt = null },
        JobState.Running when p.Request == JobBoard.PauseRequest => p with { Request = null },
        _ => null,
    });

    public Outcome<PreparationJob> Cancel(string preparationId, string actor) => Ask(preparationId, actor, "preparation.cancelled", p =>
        p.State.IsFinal() ? null
        : p.State == JobState.Running ? p with { Request = JobBoard.CancelRequest }
        : p with { State = JobState.Cancelled, Request = null, FinishedAt = time.GetUtcNow() });

    /// <summary>Removes a preparation that has ended, with its rows. Datasets that were made of it stay.</summary>
    public Outcome<PreparationJob> Delete(string preparationId, string actor)
    {
        if (database.Preparations.Get(preparationId) is not { } preparation)
        {
            return Refusals.Missing("preparation", preparationId, "id");
        }

        if (!preparation.State.IsFinal() && preparation.State != JobState.Paused)
        {
            return Refusals.Conflicting("The preparation has not ended.", "Cancel it first.");
        }

        database.Preparations.Delete(preparationId);
        reviews.Forget(preparationId);
        try
        {
            Directory.Delete(paths.Preparation(preparationId).Root, recursive: true);
        }
        catch (DirectoryNotFoundException)
        {
            // It never began.
        }
        catch (IOException fault)
        {
            logger.LogWarning("The folder of {PreparationId} could not be deleted: {Reason}", preparationId, fault.Message);
        }

        audit.Write(actor, "preparation.deleted", preparation.Id, preparation.Name);
        return preparation;
    }

    internal void Dispatch(PreparationJob preparation)
    {
        if (!preparation.State.IsClaimable())
        {
            return;
        }

        try
        {
            queue.EnqueuePreparation(preparation.Id);
        }
        catch (BackgroundJobClientException fault)
        {
            // It is recorded, and Recovery dispatches it again.
            logger.LogError(fault, "Preparation {PreparationId} could not be dispatched", preparation.Id);
        }
    }

    private Outcome<PreparationJob> Ask(string preparationId, string actor, string action, Func<PreparationJob, PreparationJob?> change)
    {
        var refused = JobState.Queued;
        var accepted = false;
        var changed = database.Preparations.Update(preparationId, preparation =>
        {
            var next = change(preparation);
            (accepted, refused) = (next is not null, preparation.State);
            return next ?? preparation;
        });
        if (changed is null)
        {
            return Refusals.Missing("preparation", preparationId, "id");
        }

        if (!accepted)
        {
            return Refusals.Conflicting($"The preparation is {StudioJson.Serialize(refused).Trim('"')}; this cannot be done to it now.", "Look at its state and choose another action.");
        }

        if (changed.State == JobState.Running)
        {
            JobProcess.WriteControl(paths.Preparation(changed.Id), changed.Request);
        }

        audit.Write(actor, action, changed.Id, changed.Name);
        Dispatch(changed);
        return changed;
    }

    private void Model(PreparationRequest request, List<Problem> problems)
    {
        if (database.BaseModels.Get(request.BaseModelId) is not { } model)
        {
            problems.Add(Refusals.Missing("base model", request.BaseModelId, "base_model_id"));
        }
        else if (model.State != BaseModelState.Ready)
        {
            problems.Add(Refusals.Invalid("base_model_id", $"The base model {model.Name} is not ready: {model.Problem ?? "it is being inspected"}.", "See Models."));
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
