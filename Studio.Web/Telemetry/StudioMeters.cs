using System.Diagnostics.Metrics;
using Studio.Data;
using Studio.Data.Store;

namespace Studio.Web.Telemetry;

/// <summary>The numbers that <c>/metrics</c> shows besides those of ASP.NET and the runtime.</summary>
public sealed class StudioMeters : IDisposable
{
    public const string Name = "Studio";

    private readonly Meter meter;
    private readonly Counter<long> requests;
    private readonly Counter<long> tokens;
    private readonly Histogram<double> duration;

    public StudioMeters(IMeterFactory meters, StudioDatabase database)
    {
        meter = meters.Create(Name);
        requests = meter.CreateCounter<long>("studio.inference.requests", description: "Chat and completion requests");
        tokens = meter.CreateCounter<long>("studio.inference.tokens", description: "Tokens read and written");
        duration = meter.CreateHistogram<double>("studio.inference.duration", "s", "Time from request to end of answer");
        meter.CreateObservableGauge(
            "studio.jobs",
            () => database.Jobs.List().GroupBy(j => j.State).Select(g => new Measurement<int>(g.Count(), new KeyValuePair<string, object?>("state", StudioJson.Serialize(g.Key).Trim('"')))),
            description: "Jobs by state");
        meter.CreateObservableGauge("studio.adapters", () => database.Adapters.List().Count, description: "Registered adapters");
        meter.CreateObservableCounter("studio.training.tokens", () => database.Jobs.List().Sum(j => j.Progress.TrainedTokens), description: "Tokens trained by all jobs");
    }

    public void Request(string path, bool failed, int prompt, int completion, TimeSpan elapsed)
    {
        requests.Add(1, new("path", path), new("failed", failed));
        tokens.Add(prompt, new KeyValuePair<string, object?>("kind", "prompt"));
        tokens.Add(completion, new KeyValuePair<string, object?>("kind", "completion"));
        duration.Record(elapsed.TotalSeconds, new KeyValuePair<string, object?>("path", path));
    }

    public void Dispose() => meter.Dispose();
}
