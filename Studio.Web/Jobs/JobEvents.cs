using System.Collections.Concurrent;
using Studio.Data.Jobs;
using Studio.Data.Store;

namespace Studio.Web.Jobs;

/// <summary>What happened in a job, read from its folder; pages and the API follow it here.</summary>
public sealed class JobEvents(StudioPaths paths, StudioDatabase database, TimeProvider time)
{
    private const int CachedRuns = 32;

    private static readonly TimeSpan Beat = TimeSpan.FromMilliseconds(250);

    private readonly ConcurrentDictionary<string, SeriesBuilder> series = new(StringComparer.Ordinal);

    /// <summary>Events after <paramref name="offset"/> (0: from the start); the offset moves behind them.</summary>
    public IReadOnlyList<JobEvent> Read(string jobId, ref long offset) => EventTail.Read(paths.Job(jobId).Events, ref offset);

    public IReadOnlyList<JobEvent> ReadAll(string jobId)
    {
        long offset = 0;
        return Read(jobId, ref offset);
    }

    /// <summary>The curves of a run, each with at most <paramref name="maxPoints"/> points (0: all).</summary>
    public JobSeries Series(string jobId, int maxPoints = 2000)
    {
        if (series.Count > CachedRuns)
        {
            series.Clear();
        }

        var builder = series.GetOrAdd(jobId, id => new SeriesBuilder(id));
        lock (builder)
        {
            foreach (var happened in Read(jobId, ref builder.Offset))
            {
                builder.Add(happened);
            }

            return builder.Build(maxPoints);
        }
    }

    /// <summary>Calls <paramref name="changed"/> when the job's record or events changed, at most four times a second, until disposed.</summary>
    public IDisposable Subscribe(string jobId, Action changed) => new Subscription(this, time, jobId, changed);

    private (long Length, long Revision) Stamp(string jobId)
    {
        var file = new FileInfo(paths.Job(jobId).Events);
        return (file.Exists ? file.Length : 0, database.Jobs.Get(jobId)?.Revision ?? -1);
    }

    private sealed class Subscription : IDisposable
    {
        private readonly JobEvents events;
        private readonly string jobId;
        private readonly Action changed;
        private readonly ITimer timer;
        private (long, long) seen;
        private int busy;

        public Subscription(JobEvents events, TimeProvider time, string jobId, Action changed)
        {
            this.events = events;
            this.jobId = jobId;
            this.changed = changed;
            seen = events.Stamp(jobId);
            timer = time.CreateTimer(_ => Look(), null, Beat, Beat);
        }

        public void Dispose() => timer.Dispose();

        private void Look()
        {
            if (Interlocked.Exchange(ref busy, 1) == 1)
            {
                return;
            }

            try
            {
                var now = events.Stamp(jobId);
                if (now != seen)
                {
                    seen = now;
                    changed();
                }
            }
            catch (Exception fault) when (fault is IOException or ObjectDisposedException)
            {
                // The store closes while the host stops; there is nobody left to tell.
            }
            finally
            {
                Volatile.Write(ref busy, 0);
            }
        }
    }
}
