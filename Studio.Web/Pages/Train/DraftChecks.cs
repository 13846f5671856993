using System.Collections.Concurrent;
using Studio.Data.Jobs;
using Studio.Web.Jobs;

namespace Studio.Web.Pages.Train;

/// <summary>Where the check of a draft stands.</summary>
/// <param name="Key">What is checked (<see cref="TrainDraft.Key"/>).</param>
/// <param name="Outcome">Null while it runs.</param>
public sealed record DraftCheck(string Key, DateTimeOffset StartedAt, Outcome<CheckReport>? Outcome);

/// <summary>Runs checks beside the pages, one after another: a reload finds its check again, a changed draft replaces it.</summary>
public sealed class DraftChecks(JobBoard board, TimeProvider time, IHostApplicationLifetime lifetime) : IDisposable
{
    private readonly ConcurrentDictionary<string, DraftCheck> checks = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, CancellationTokenSource> running = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim one = new(1, 1);

    /// <summary>Raised with the draft's id when a check ends.</summary>
    public event Action<string>? Changed;

    public DraftCheck? Of(string draftId) => checks.GetValueOrDefault(draftId);

    public void Start(TrainDraft draft)
    {
        Cancel(draft.Id);
        var source = CancellationTokenSource.CreateLinkedTokenSource(lifetime.ApplicationStopping);
        running[draft.Id] = source;
        var check = new DraftCheck(draft.Key, time.GetUtcNow(), null);
        checks[draft.Id] = check;
        _ = Task.Run(() => RunAsync(draft, check, source));
    }

    public void Cancel(string draftId)
    {
        checks.TryRemove(draftId, out _);
        if (running.TryRemove(draftId, out var source))
        {
            source.Cancel();
        }
    }

    public void Dispose() => one.Dispose();

    private async Task RunAsync(TrainDraft draft, DraftCheck check, CancellationTokenSource source)
    {
        try
        {
            await one.WaitAsync(source.Token);
            try
            {
                var outcome = await board.CheckAsync(draft.ToRequest(), source.Token);
                checks.TryUpdate(draft.Id, check with { Outcome = outcome }, check);
            }
            finally
            {
                one.Release();
            }
        }
        catch (OperationCanceledException)
        {
            checks.TryRemove(new KeyValuePair<string, DraftCheck>(draft.Id, check));
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            checks.TryUpdate(draft.Id, check with { Outcome = Refusals.Conflicting(fault.Message, "See that the data folder can be written, then check again.") }, check);
        }

        running.TryRemove(new KeyValuePair<string, CancellationTokenSource>(draft.Id, source));
        source.Dispose();
        Changed?.Invoke(draft.Id);
    }
}
