using System.Text.Json;
using Hangfire;
using Studio.Data;
using Studio.Data.Jobs;
using Studio.Data.Store;
using Studio.Data.Validation;
using Studio.Web.Access;

namespace Studio.Web.Jobs;

/// <summary>Makes jobs and takes what people ask of them. Every request becomes part of the record first, so that it outlives this process.</summary>
public sealed class JobBoard(StudioDatabase database, JobQueue queue, JobPreparation preparation, TrainerProgram trainer, StudioPaths paths, AuditLog audit, TimeProvider time, ILogger<JobBoard> logger)
{
    public const string PauseRequest = "pause";
    public const string StopRequest = "stop";
    public const string CancelRequest = "cancel";

    public TrainingJob? Get(string jobId) => database.Jobs.Get(jobId);

    public IReadOnlyList<TrainingJob> List(Func<TrainingJob, bool>? where = null, string? after = null, int limit = int.MaxValue) =>
        database.Jobs.List(where, after: after, limit: limit);

    /// <summary>Everything that would keep the job from being queued.</summary>
    public IReadOnlyList<Problem> Problems(JobRequest request) => JobRules.Check(request, database);

    public Outcome<TrainingJob> Create(JobRequest request, string actor)
    {
        var problems = Problems(request);
        if (problems.Count > 0)
        {
            return Outcome<TrainingJob>.Refuse(problems);
        }

        var import = request.Data.Count == 0;
        var job = database.Jobs.Insert(new TrainingJob
        {
            Id = NewId.Job(),
            CreatedAt = time.GetUtcNow(),
            Name = request.Name.Length > 0 ? request.Name : request.Suffix ?? NameOf(request),
            State = import ? JobState.Validating : JobState.Queued,
            BaseModelId = request.BaseModelId,
            StartAdapterId = request.StartAdapterId,
            FollowsJobId = request.FollowsJobId,
            Recipe = request.Recipe,
            Data = request.Data,
            ValidationVersionId = request.ValidationVersionId,
            Suffix = request.Suffix,
            Metadata = request.Metadata,
            TrainingFileId = request.TrainingFileId,
            ValidationFileId = request.ValidationFileId,
            OwnerId = request.OwnerId,
        });
        audit.Write(actor, "job.created", job.Id, job.Name);
        Dispatch(job);
        return job;
    }

    /// <summary>Stops at the next step with a checkpoint; a job that waits is simply held back.</summary>
    public Outcome<TrainingJob> Pause(string jobId, string actor) => Ask(jobId, actor, "job.paused", job => job.State switch
    {
        JobState.Running => job with { Request = PauseRequest },
        JobState.Queued or JobState.Interrupted => job with { State = JobState.Paused },
        _ => null,
    });

    /// <summary>Goes on from the newest checkpoint.</summary>
    public Outcome<TrainingJob> Resume(string jobId, string actor) => Ask(jobId, actor, "job.resumed", job => job.State switch
    {
        JobState.Paused or JobState.Interrupted => job with { State = JobState.Queued, Request = null, Attempts = 0, Failure = null },
        JobState.Running when job.Request == PauseRequest => job with { Request = null },
        _ => null,
    });

    /// <summary>Ends the training now and registers what was learned so far.</summary>
    public Outcome<TrainingJob> StopAndKeep(string jobId, string actor) => Ask(jobId, actor, "job.stopped", job => job.State switch
    {
        JobState.Running => job with { Request = StopRequest },

        // The trainer itself makes the adapter from a checkpoint, so a paused job runs once more for one step.
        JobState.Paused or JobState.Interrupted when job.Progress.Step > 0 => job with { State = JobState.Queued, Request = StopRequest, Attempts = 0 },
        _ => null,
    });

    public Outcome<TrainingJob> Cancel(string jobId, string actor) => Ask(jobId, actor, "job.cancelled", job =>
        job.State.IsFinal() ? null
        : job.State == JobState.Running ? job with { Request = CancelRequest }
        : job with { State = JobState.Cancelled, Request = null, FinishedAt = time.GetUtcNow() });

    /// <summary>A failed, cancelled or finished job's settings as a request for a new one ("fix and run again", clone).</summary>
    public Outcome<JobRequest> Clone(string jobId, string? ownerId)
    {
        if (database.Jobs.Get(jobId) is not { } job)
        {
            return Refusals.Missing("job", jobId, "id");
        }

        return new JobRequest
        {
            Name = job.Name,
            BaseModelId = job.BaseModelId,
            StartAdapterId = job.StartAdapterId,
            Recipe = job.Recipe,
            Data = job.Data,
            ValidationVersionId = job.ValidationVersionId,
            Suffix = job.Suffix,
            Metadata = job.Metadata,
            OwnerId = ownerId,
            TrainingFileId = job.Data.Count == 0 ? job.TrainingFileId : null,
            ValidationFileId = job.Data.Count == 0 ? job.ValidationFileId : null,
        };
    }

    /// <summary>Removes a job that has ended, with its folder. The adapter it made stays.</summary>
    public Outcome<TrainingJob> Delete(string jobId, string actor)
    {
        if (database.Jobs.Get(jobId) is not { } job)
        {
            return Refusals.Missing("job", jobId, "id");
        }

        if (!job.State.IsFinal() && job.State != JobState.Paused)
        {
            return Refusals.Conflicting("The job has not ended.", "Cancel it first.");
        }

        database.Jobs.Delete(jobId);
        Discard(paths.Job(jobId).Root);
        audit.Write(actor, "job.deleted", job.Id, job.Name);
        return job;
    }

    /// <summary>
    /// Runs the trainer's <c>check</c> on a request: tokens, truncation, memory and time, measured on this machine. Nothing is queued.
    /// </summary>
    public async Task<Outcome<CheckReport>> CheckAsync(JobRequest request, CancellationToken cancellation)
    {
        var problems = Problems(request);
        if (problems.Count > 0)
        {
            return Outcome<CheckReport>.Refuse(problems);
        }

        if (request.Data.Count == 0)
        {
            return Refusals.Invalid("data", "Only imported data can be checked.", "Choose a dataset version.");
        }

        var scratch = paths.NewScratch("check-");
        try
        {
            var folder = new JobFolder(scratch);
            await preparation.PrepareAsync(folder, request, cancellation);
            var (exit, output) = await TrainerProcess.RunAsync(trainer.Command("check", scratch), cancellation);
            return ReadReport(output) is { } report
                ? report
                : new Problem("check_failed", Severity.Fatal, JobFailures.Tail(exit) is { Length: > 0 } said ? said : $"The check ended with exit code {exit.Code}.", "Choose another model or other data, or correct what the message names.");
        }
        catch (ProblemException refused)
        {
            return refused.Problem;
        }
        catch (Exception fault) when (fault is InvalidDataException or FileNotFoundException or System.ComponentModel.Win32Exception)
        {
            return new Problem("check_failed", Severity.Fatal, fault.Message, "Correct this and check again.");
        }
        finally
        {
            Discard(scratch);
        }
    }

    internal void Dispatch(TrainingJob job)
    {
        try
        {
            if (job.State == JobState.Validating)
            {
                queue.EnqueueValidation(job.Id);
            }
            else if (job.State.IsClaimable())
            {
                queue.EnqueueTraining(job.Id);
            }
        }
        catch (BackgroundJobClientException fault)
        {
            // The job is recorded, and Recovery dispatches it again.
            logger.LogError(fault, "Job {JobId} could not be dispatched", job.Id);
        }
    }

    private Outcome<TrainingJob> Ask(string jobId, string actor, string action, Func<TrainingJob, TrainingJob?> change)
    {
        var refused = JobState.Queued;
        var accepted = false;
        var changed = database.Jobs.Update(jobId, job =>
        {
            var next = change(job);
            (accepted, refused) = (next is not null, job.State);
            return next ?? job;
        });
        if (changed is null)
        {
            return Refusals.Missing("job", jobId, "id");
        }

        if (!accepted)
        {
            return Refusals.Conflicting($"The job is {StudioJson.Serialize(refused).Trim('"')}; this cannot be done to it now.", "Look at its state and choose another action.");
        }

        if (changed.State == JobState.Running)
        {
            JobProcess.WriteControl(paths.Job(changed.Id), changed.Request);
        }

        audit.Write(actor, action, changed.Id, changed.Name);
        Dispatch(changed);
        return changed;
    }

    private string NameOf(JobRequest request)
    {
        var version = request.Data.Count > 0 ? database.DatasetVersions.Get(request.Data[0].DatasetVersionId) : null;
        var name = version is not null ? database.Datasets.Get(version.DatasetId)?.Name ?? version.FileName
            : request.TrainingFileId is { } file ? Path.GetFileNameWithoutExtension(database.Files.Get(file)?.FileName) : null;
        return string.IsNullOrWhiteSpace(name) ? "run" : name.Length > 100 ? name[..100] : name;
    }

    private static CheckReport? ReadReport(string output)
    {
        foreach (var line in output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Reverse().Prepend(output.Trim()))
        {
            try
            {
                if (line.StartsWith('{'))
                {
                    return JsonSerializer.Deserialize<CheckReport>(line, StudioJson.Options);
                }
            }
            catch (JsonException)
            {
                // Not the report; an earlier line may be.
            }
        }

        return null;
    }

    private void Discard(string folder)
    {
        try
        {
            if (Directory.Exists(folder))
            {
                Directory.Delete(folder, recursive: true);
            }
        }
        catch (IOException fault)
        {
            logger.LogWarning("The folder {Folder} could not be deleted: {Reason}", folder, fault.Message);
        }
    }
}
