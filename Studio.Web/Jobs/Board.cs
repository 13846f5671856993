using Hangfire;
using Studio.Data;
using Studio.Data.Jobs;
using Studio.Data.Store;
using Studio.Web.Access;

namespace Studio.Web.Jobs;

/// <summary>What people may ask of a job of any kind. Every request becomes part of the record first, so that it outlives this process.</summary>
public abstract class Board<TJob>(IRepository<TJob> jobs, AuditLog audit, TimeProvider time, ILogger logger)
    where TJob : LeasedJob
{
    /// <summary>What such a job is called in messages and in the audit log.</summary>
    public abstract string Noun { get; }

    protected DateTimeOffset Now => time.GetUtcNow();

    protected ILogger Logger => logger;

    public TJob? Get(string jobId) => jobs.Get(jobId);

    public IReadOnlyList<TJob> List(Func<TJob, bool>? where = null, string? after = null, int limit = int.MaxValue) => jobs.List(where, after: after, limit: limit);

    /// <summary>Stops as soon as what is done is kept; a job that waits is simply held back.</summary>
    public Outcome<TJob> Pause(string jobId, string actor) => Ask(jobId, actor, "paused", job => job.State switch
    {
        JobState.Running => job with { Request = ControlWords.Pause },
        JobState.Queued or JobState.Interrupted => job with { State = JobState.Paused },
        _ => null,
    });

    /// <summary>Goes on from what is kept.</summary>
    public Outcome<TJob> Resume(string jobId, string actor) => Ask(jobId, actor, "resumed", job => job.State switch
    {
        JobState.Running when job.Request == ControlWords.Pause => job with { Request = null },
        var state when Resumes(state) => job with { State = JobState.Queued, Request = null, Attempts = 0, Failure = null, FinishedAt = null },
        _ => null,
    });

    public Outcome<TJob> Cancel(string jobId, string actor) => Ask(jobId, actor, "cancelled", job =>
        job.State.IsFinal() ? null
        : job.State == JobState.Running ? job with { Request = ControlWords.Cancel }
        : job with { State = JobState.Cancelled, Request = null, FinishedAt = Now });

    /// <summary>Removes a job that has ended, with its folder. What was made of it stays.</summary>
    public Outcome<TJob> Delete(string jobId, string actor)
    {
        if (jobs.Get(jobId) is not { } job)
        {
            return Refusals.Missing(Noun, jobId, "id");
        }

        if (!job.State.IsFinal() && job.State != JobState.Paused)
        {
            return Refusals.Conflicting($"The {Noun} has not ended.", "Cancel it first.");
        }

        jobs.Delete(jobId);
        Deleted(jobId);
        Discard(Folder(jobId).Root);
        audit.Write(actor, $"{Noun}.deleted", job.Id, job.Name);
        return job;
    }

    /// <summary>True for a job that only needs to be dispatched.</summary>
    internal virtual bool Waits(TJob job) => job.State.IsClaimable();

    /// <summary>Hands a job that waits to the queue; others are left alone.</summary>
    internal void Dispatch(TJob job)
    {
        if (!Waits(job))
        {
            return;
        }

        try
        {
            Enqueue(job);
        }
        catch (BackgroundJobClientException fault)
        {
            // It is recorded, and Recovery dispatches it again.
            Logger.LogError(fault, "{JobId} could not be dispatched", job.Id);
        }
    }

    protected abstract JobFolder Folder(string jobId);

    protected abstract void Enqueue(TJob job);

    /// <summary>States from which a job goes on when it is asked to.</summary>
    protected virtual bool Resumes(JobState state) => state is JobState.Paused or JobState.Interrupted;

    /// <summary>Forgets what is kept of a job besides its record and its folder.</summary>
    protected virtual void Deleted(string jobId)
    {
    }

    /// <summary>Stores a new job and dispatches it.</summary>
    protected TJob Add(TJob job, string actor)
    {
        var added = jobs.Insert(job);
        audit.Write(actor, $"{Noun}.created", added.Id, added.Name);
        Dispatch(added);
        return added;
    }

    /// <summary>Writes a request into the record, tells the running process, and dispatches a job that waits again.</summary>
    /// <param name="action">In the past tense, for the audit log.</param>
    /// <param name="change">Null when this cannot be done to the job as it stands.</param>
    protected Outcome<TJob> Ask(string jobId, string actor, string action, Func<LeasedJob, LeasedJob?> change)
    {
        var refused = JobState.Queued;
        var accepted = false;
        var changed = jobs.Update(jobId, job =>
        {
            var next = change(job);
            (accepted, refused) = (next is not null, job.State);
            return (TJob?)next ?? job;
        });
        if (changed is null)
        {
            return Refusals.Missing(Noun, jobId, "id");
        }

        if (!accepted)
        {
            return Refusals.Conflicting($"The {Noun} is {StudioJson.Serialize(refused).Trim('"')}; this cannot be done to it now.", "Look at its state and choose another action.");
        }

        if (changed.State == JobState.Running)
        {
            JobProcess.WriteControl(Folder(changed.Id), changed.Request);
        }

        audit.Write(actor, $"{Noun}.{action}", changed.Id, changed.Name);
        Dispatch(changed);
        return changed;
    }

    protected void Discard(string folder)
    {
        try
        {
            Directory.Delete(folder, recursive: true);
        }
        catch (DirectoryNotFoundException)
        {
            // It never began.
        }
        catch (IOException fault)
        {
            Logger.LogWarning("The folder {Folder} could not be deleted: {Reason}", folder, fault.Message);
        }
    }
}
