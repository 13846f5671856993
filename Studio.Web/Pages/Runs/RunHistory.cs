using System.Collections;
using Studio.Data.Jobs;
using Studio.Web.Components.Charts;
using Studio.Web.Jobs;

namespace Studio.Web.Pages.Runs;

/// <summary>A line of a run's log as people read it.</summary>
/// <param name="Level">info, warn or error.</param>
/// <param name="Kind">log, state, checkpoint or failure: how the text is to be understood.</param>
public sealed record LogLine(DateTimeOffset Time, string Level, string Kind, string Text, int? Step = null);

/// <summary>What the model answered to a prompt at a step.</summary>
public sealed record StepAnswer(int Step, string Answer);

/// <summary>One sample prompt and its answers in step order; step 0 is the base model.</summary>
public sealed record SamplePrompt(int Index, string Prompt, string? Expected, IReadOnlyList<StepAnswer> Answers)
{
    public string? At(int step) => Answers.LastOrDefault(a => a.Step == step)?.Answer;
}

/// <summary>A checkpoint with what was measured at its step.</summary>
public sealed record RunCheckpoint(int Step, DateTimeOffset Time, bool Best, double? EvalLoss, double? EvalAccuracy, double? Loss);

/// <summary>
/// Everything a page shows of a run, collected from its events as they are appended; each <see cref="Read"/> takes in only what is new, so a page stays quick however long the run is.
/// A resumed run repeats steps: what was measured later replaces the earlier.
/// </summary>
public sealed class RunHistory(string jobId)
{
    private const int KeptLines = 5000;

    private readonly Dictionary<string, List<ChartPoint>> curves = new(StringComparer.Ordinal);
    private readonly SortedDictionary<int, SampleLog> samples = [];
    private readonly SortedDictionary<int, JobEvent> checkpoints = [];
    private readonly List<LogLine> log = [];
    private DateTimeOffset? started;
    private double tokens;
    private long offset;

    public string JobId { get; } = jobId;

    public int LastStep { get; private set; }

    public int TotalSteps { get; private set; }

    public double? Epoch { get; private set; }

    /// <summary>What the trainer is doing: loading, preparing, training, evaluating, saving, ...</summary>
    public string? Phase { get; private set; }

    public int? TrainingExamples { get; private set; }

    public long? TrainableParameters { get; private set; }

    /// <summary>cpu, bf16 and the like, as the trainer chose.</summary>
    public string? Device { get; private set; }

    public string? BaseType { get; private set; }

    public IEnumerable<string> Metrics => curves.Keys;

    public IReadOnlyList<LogLine> Log => log;

    /// <summary>Answers that the model gave while it trained, of methods that let it answer.</summary>
    public RolloutLog Rollouts { get; } = new();

    public IReadOnlyList<SamplePrompt> Samples => [.. samples.Select(s => new SamplePrompt(s.Key, s.Value.Prompt, s.Value.Expected, [.. s.Value.Answers]))];

    /// <summary>Steps at which samples were taken.</summary>
    public IReadOnlyList<int> SampleSteps => [.. samples.Values.SelectMany(s => s.Answers).Select(a => a.Step).Distinct().Order()];

    /// <summary>Newest first.</summary>
    public IReadOnlyList<RunCheckpoint> Checkpoints
    {
        get
        {
            // The note tells whether it was the best so far; of several the last one stands.
            var best = checkpoints.Values.LastOrDefault(e => e.Checkpoint!.Best)?.Checkpoint!.Step;
            return [.. checkpoints.Values.Reverse().Select(e => new RunCheckpoint(e.Checkpoint!.Step, e.Time, e.Checkpoint.Step == best, ValueAt("eval_loss", e.Checkpoint.Step) ?? e.Checkpoint.EvalLoss, ValueAt("eval_mean_token_accuracy", e.Checkpoint.Step), ValueAt("loss", e.Checkpoint.Step)))];
        }
    }

    /// <summary>The points of a metric. The list does not change when more is read: charts compare it with the next one.</summary>
    public IReadOnlyList<ChartPoint> Curve(string metric) => curves.TryGetValue(metric, out var points) ? new Slice(points, points.Count) : [];

    public double? Last(string metric) => curves.TryGetValue(metric, out var points) && points.Count > 0 ? points[^1].Value : null;

    public double? First(string metric) => curves.TryGetValue(metric, out var points) && points.Count > 0 ? points[0].Value : null;

    public double? Lowest(string metric) => curves.TryGetValue(metric, out var points) && points.Where(p => double.IsFinite(p.Value)).Select(p => (double?)p.Value).Min() is { } low ? low : null;

    /// <summary>Takes in what was appended; true when there was something.</summary>
    public bool Read(JobEvents events)
    {
        var read = events.Read(JobId, ref offset);
        foreach (var happened in read)
        {
            Add(happened);
        }

        return read.Count > 0;
    }

    internal void Add(JobEvent happened)
    {
        started ??= happened.Time;
        TotalSteps = happened.TotalSteps ?? TotalSteps;
        switch (happened.Type)
        {
            case JobEventTypes.Metrics or JobEventTypes.Evaluation when happened is { Metrics: { } values, Step: { } step }:
                Measure(happened, values, step);
                break;
            case JobEventTypes.Sample when happened is { Sample: { } sample }:
                Take(sample, happened.Step ?? 0);
                break;
            case JobEventTypes.Rollout when happened is { Data: { } rollout, Step: { } at }:
                Rollouts.Add(at, rollout);
                break;
            case JobEventTypes.Checkpoint when happened.Checkpoint is { } note:
                checkpoints[note.Step] = happened;
                Write(happened, "info", "checkpoint", "", note.Step);
                break;
            case JobEventTypes.State when happened.State is { } state:
                if (state != Phase)
                {
                    Phase = state;
                    Write(happened, "info", "state", state);
                }

                break;
            case JobEventTypes.Log when happened.Message is { } message:
                Write(happened, happened.Level ?? "info", "log", message);
                break;
            case JobEventTypes.Failure when happened.Failure is { } failure:
                Write(happened, "error", "failure", failure.Message, failure.Step);
                break;
            case JobEventTypes.Prepared when happened.Data is { } data:
                TrainingExamples = (int?)data["examples"];
                TrainableParameters = (long?)data["trainable_parameters"];
                Device = (string?)data["device"];
                BaseType = (string?)data["base_type"];
                break;
        }
    }

    private void Measure(JobEvent happened, IReadOnlyDictionary<string, double> values, int step)
    {
        LastStep = step;
        Epoch = happened.Epoch ?? Epoch;
        if (values.TryGetValue("trained_tokens", out var trained) && double.IsFinite(trained))
        {
            tokens = trained;
        }

        var seconds = (happened.Time - started!.Value).TotalSeconds;
        foreach (var (name, value) in values)
        {
            if (!curves.TryGetValue(name, out var points))
            {
                curves[name] = points = [];
            }

            if (points.Count > 0 && points[^1].Step >= step)
            {
                // Lists that were handed out must not change: go on in a copy of what stays.
                curves[name] = points = points[..points.FindIndex(p => p.Step >= step)];
            }

            points.Add(new ChartPoint(step, value, step == 0 ? 0 : tokens, seconds));
        }
    }

    private void Take(SampleAnswer sample, int step)
    {
        if (!samples.TryGetValue(sample.Index, out var known) || known.Prompt != sample.Prompt)
        {
            samples[sample.Index] = known = new SampleLog(sample.Prompt, sample.Expected);
        }

        known.Answers.RemoveAll(a => a.Step >= step);
        known.Answers.Add(new StepAnswer(step, sample.Answer));
    }

    private void Write(JobEvent happened, string level, string kind, string text, int? step = null)
    {
        if (log.Count >= KeptLines)
        {
            log.RemoveRange(0, KeptLines / 5);
        }

        log.Add(new LogLine(happened.Time, level, kind, text, step ?? happened.Step));
    }

    private double? ValueAt(string metric, int step)
    {
        if (!curves.TryGetValue(metric, out var points))
        {
            return null;
        }

        var at = points.FindLastIndex(p => p.Step <= step);
        return at >= 0 && points[at].Step == step && double.IsFinite(points[at].Value) ? points[at].Value : null;
    }

    private sealed class SampleLog(string prompt, string? expected)
    {
        public string Prompt { get; } = prompt;

        public string? Expected { get; } = expected;

        public List<StepAnswer> Answers { get; } = [];
    }

    /// <summary>The first <paramref name="count"/> points of a list that only grows.</summary>
    private sealed class Slice(List<ChartPoint> points, int count) : IReadOnlyList<ChartPoint>
    {
        public int Count => count;

        public ChartPoint this[int index] => (uint)index < (uint)count ? points[index] : throw new ArgumentOutOfRangeException(nameof(index));

        public IEnumerator<ChartPoint> GetEnumerator()
        {
            for (var i = 0; i < count; i++)
            {
                yield return points[i];
            }
        }

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
    }
}
