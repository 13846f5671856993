using Studio.Web.Components.Charts;

namespace Studio.Web.Pages.Runs;

/// <summary>A chart of a run: its title in the resources, and the curves that are there.</summary>
public sealed record RunChart(string Key, IReadOnlyList<ChartSeries> Series);

/// <summary>What preference and reinforcement runs show beside the loss, from the metrics that a run has; charts that have not grown keep their lists.</summary>
public sealed class RunSignals
{
    private const int MostSeries = 6;

    // Curves that belong into one picture, under the title they share.
    private static readonly (string Key, string[] Metrics)[] Pictures =
    [
        ("chart.refusals", ["refusals/traps", "refusals/harmless"]),
        ("chart.pairs", ["rewards/chosen", "rewards/rejected"]),
        ("chart.margin", ["rewards/margins", "eval_rewards/margins"]),
        ("chart.accuracy", ["rewards/accuracies", "eval_rewards/accuracies"]),
    ];

    private static readonly string[] Small =
    [
        "kl", "entropy", "clip_ratio/region_mean", "cispo_clip_ratio", "policy/clipfrac_avg", "completions/mean_length", "completions/clipped_ratio", "frac_reward_zero_std",
        "refusals/all", "loss/value_avg", "rollout_tokens_per_second",
    ];

    private readonly Dictionary<string, (IReadOnlyList<ChartPoint>[] Curves, RunChart Chart)> known = new(StringComparer.Ordinal);

    /// <summary>Rewards by name, when the run has answers that rewards judge.</summary>
    public RunChart? Rewards { get; private set; }

    /// <summary>Further charts with an axis.</summary>
    public IReadOnlyList<RunChart> Large { get; private set; } = [];

    /// <summary>Metrics with a small chart each.</summary>
    public IReadOnlyList<string> Compact { get; private set; } = [];

    /// <summary>True for a metric that one of these charts shows, or that is a detail of one.</summary>
    public static bool Covers(string metric) =>
        Small.Contains(metric) || Pictures.Any(p => p.Metrics.Contains(metric)) || metric is "reward" or "reward_std" or "logps/chosen" or "logps/rejected" or "logits/chosen" or "logits/rejected"
        || Starts(metric, "rewards/") || Starts(metric, "completions/") || Starts(metric, "clip_ratio/") || Starts(metric, "time/") || Starts(metric, "objective/") || Starts(metric, "policy/") || Starts(metric, "val/") || Starts(metric, "loss/") || Starts(metric, "sampling/");

    /// <param name="name">A curve's name for people, by its metric.</param>
    public void Read(RunHistory history, Func<string, string> name)
    {
        var metrics = history.Metrics.ToHashSet(StringComparer.Ordinal);
        string[] parts = [.. metrics.Where(m => Starts(m, "rewards/") && m.EndsWith("/mean", StringComparison.Ordinal)).Order(StringComparer.Ordinal)];

        // With a single reward of weight 1 its curve is the sum, and one line says it all.
        Rewards = metrics.Contains("reward") ? Chart("chart.rewards", ["reward", .. parts.Length > 1 ? parts : [], "eval_reward"], history, name) : null;
        Large = [.. Pictures.Where(p => p.Metrics.Any(metrics.Contains)).Select(p => Chart(p.Key, p.Metrics, history, name))];
        Compact = [.. Small.Where(metrics.Contains).Where(m => m != "refusals/all" || !metrics.Contains("refusals/traps"))];
    }

    private RunChart Chart(string key, IReadOnlyList<string> metrics, RunHistory history, Func<string, string> name)
    {
        string[] there = [.. metrics.Where(m => history.Curve(m).Count > 0).Take(MostSeries)];
        IReadOnlyList<ChartPoint>[] curves = [.. there.Select(history.Curve)];
        if (known.TryGetValue(key, out var before) && before.Curves.Length == curves.Length && before.Curves.Zip(curves).All(p => p.First.Count == p.Second.Count && p.First[^1] == p.Second[^1]))
        {
            return before.Chart;
        }

        var chart = new RunChart(key, [.. there.Select((m, i) => new ChartSeries(name(m), i + 1, curves[i]) { Smooth = !Starts(m, "eval_"), AsPoints = Starts(m, "eval_") })]);
        known[key] = (curves, chart);
        return chart;
    }

    private static bool Starts(string text, string beginning) => text.StartsWith(beginning, StringComparison.Ordinal);
}
