using System.Collections.Concurrent;

namespace Studio.Web.Serving;

/// <summary>What an endpoint answered lately.</summary>
public sealed record TrafficStatistics(string Name, long Requests, long Errors, int RequestsPerMinute, double? FirstTokenP50Ms, double? FirstTokenP95Ms, long PromptTokens, long CompletionTokens);

/// <summary>Counts requests, errors, tokens and times per model name, since start.</summary>
public sealed class EndpointTraffic(TimeProvider time)
{
    private const int RememberedTimes = 512;

    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<string, Counter> counters = new(StringComparer.Ordinal);

    public IReadOnlyList<TrafficStatistics> All() => [.. counters.Select(c => c.Value.Read(c.Key, time.GetUtcNow()))];

    public TrafficStatistics Of(string name) => counters.TryGetValue(name, out var counter) ? counter.Read(name, time.GetUtcNow()) : new TrafficStatistics(name, 0, 0, 0, null, null, 0, 0);

    public void Record(string name, bool failed, double? firstTokenMs, int promptTokens, int completionTokens) =>
        counters.GetOrAdd(name, _ => new Counter()).Add(time.GetUtcNow(), failed, firstTokenMs, promptTokens, completionTokens);

    private sealed class Counter
    {
        private readonly Queue<DateTimeOffset> recent = new();
        private readonly Queue<double> firstTokens = new();
        private long requests;
        private long errors;
        private long promptTokens;
        private long completionTokens;

        public void Add(DateTimeOffset now, bool failed, double? firstTokenMs, int prompt, int completion)
        {
            lock (recent)
            {
                requests++;
                errors += failed ? 1 : 0;
                promptTokens += prompt;
                completionTokens += completion;
                recent.Enqueue(now);
                Trim(now);
                if (firstTokenMs is { } milliseconds)
                {
                    firstTokens.Enqueue(milliseconds);
                    while (firstTokens.Count > RememberedTimes)
                    {
                        firstTokens.Dequeue();
                    }
                }
            }
        }

        public TrafficStatistics Read(string name, DateTimeOffset now)
        {
            lock (recent)
            {
                Trim(now);
                var times = firstTokens.Order().ToArray();
                double? At(double share) => times.Length == 0 ? null : times[Math.Min((int)(share * times.Length), times.Length - 1)];
                return new TrafficStatistics(name, requests, errors, recent.Count, At(0.5), At(0.95), promptTokens, completionTokens);
            }
        }

        private void Trim(DateTimeOffset now)
        {
            while (recent.TryPeek(out var oldest) && now - oldest > Minute)
            {
                recent.Dequeue();
            }
        }
    }
}
