using System.Text.Json;
using Studio.Data;
using Studio.Data.Jobs;
using Studio.Data.Store;
using Studio.Data.Validation;
using Studio.Web.Access;

namespace Studio.Web.Jobs;

/// <summary>Makes trainings and takes what people ask of them.</summary>
public sealed class JobBoard(StudioDatabase database, JobQueue queue, JobPreparation preparation, TrainerProgram trainer, StudioPaths paths, AuditLog audit, TimeProvider time, ILogger<JobBoard> logger)
    : Board<TrainingJob>(database.Jobs, audit, time, logger)
{
    public override string Noun => "job";

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
        return Add(new TrainingJob
        {
            Id = NewId.Job(),
            CreatedAt = Now,
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
        }, actor);
    }

    /// <summary>Ends the training now and registers what was learned so far.</summary>
    public Outcome<TrainingJob> StopAndKeep(string jobId, string actor) => Ask(jobId, actor, "stopped", job => job.State switch
    {
        JobState.Running => job with { Request = ControlWords.Stop },

        // The trainer itself makes the adapter from a checkpoint, so a paused job runs once more for one step.
        JobState.Paused or JobState.Interrupted when job is TrainingJob { Progress.Step: > 0 } => job with { State = JobState.Queued, Request = ControlWords.Stop, Attempts = 0 },
        _ => null,
    });

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

    internal override bool Waits(TrainingJob job) => base.Waits(job) || job.State == JobState.Validating;

    protected override JobFolder Folder(string jobId) => paths.Job(jobId);

    protected override void Enqueue(TrainingJob job)
    {
        if (job.State == JobState.Validating)
        {
            queue.EnqueueValidation(job.Id);
        }
        else
        {
            queue.EnqueueTraining(job.Id);
        }
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
}
