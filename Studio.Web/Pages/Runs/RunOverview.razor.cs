using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Localization;
using Studio.Data.Jobs;
using Studio.Data.Registry;
using Studio.Data.Store;
using Studio.Web.Components;
using Studio.Web.Components.Charts;
using Studio.Web.Resources;

namespace Studio.Web.Pages.Runs;

/// <summary>The first look at a run: curves, what was learned, where it comes from, and one question as it learns.</summary>
public sealed partial class RunOverview
{
    /// <summary>Answers shown before "all".</summary>
    private const int Shown = 6;

    // The four that have their own small chart, and those that are no curve to look at.
    private static readonly HashSet<string> Usual =
        new(["loss", "learning_rate", "grad_norm", "tokens_per_second", "memory_bytes", "eta_seconds", "tokens", "trained_tokens", "eval_loss", "mean_token_accuracy", "eval_mean_token_accuracy"], StringComparer.Ordinal);

    private IReadOnlyList<ChartSeries> loss = [];
    private IReadOnlyList<SamplePrompt> samples = [];
    private IReadOnlyList<string> extra = [];
    private readonly RunSignals signals = new();
    private Deployment? deployed;
    private int shown;

    [Parameter, EditorRequired]
    public TrainingJob Job { get; set; } = null!;

    [Parameter, EditorRequired]
    public RunHistory History { get; set; } = null!;

    [Parameter]
    public Adapter? Adapter { get; set; }

    [Parameter]
    public IReadOnlyList<Deployment> Deployments { get; set; } = [];

    [Parameter]
    public bool CanTrain { get; set; }

    [Parameter]
    public EventCallback OnDeploy { get; set; }

    [Inject]
    private IStringLocalizer<RunsText> L { get; set; } = null!;

    [Inject]
    private IStringLocalizer<RecipeText> S { get; set; } = null!;

    [Inject]
    private StudioDatabase Database { get; set; } = null!;

    private string Group => "run-" + Job.Id;

    private int Total => Math.Max(History.TotalSteps, Job.Progress.TotalSteps);

    private IReadOnlyList<string> Extra => extra;

    private double? Base => History.Curve("eval_loss") is [{ Step: 0 } first, ..] ? first.Value : null;

    /// <summary>Lowest evaluation loss after the base's own; null before the first one and where nothing is held back.</summary>
    private double? Best => History.Curve("eval_loss").Where(p => p.Step > 0 && double.IsFinite(p.Value)).Select(p => (double?)p.Value).Min();

    private double? Accuracy => History.Last("eval_mean_token_accuracy") ?? History.Last("mean_token_accuracy");

    private string Examples
    {
        get
        {
            if (History.TrainingExamples is not { } count || History.LastStep == 0 || Total == 0)
            {
                return "–";
            }

            var epochs = History.Epoch ?? (Job.Recipe.Optimization.NumTrainEpochs * History.LastStep / Total);
            var of = Job.Recipe.Optimization.MaxSteps is null ? Job.Recipe.Optimization.NumTrainEpochs : epochs * Total / Math.Max(1, History.LastStep);
            return L["learned.of", Format.Count((long)Math.Round(count * epochs)), Format.Count((long)Math.Round(count * of))];
        }
    }

    private string? StartedBy => Job.OwnerId is { } owner ? Database.Users.Get(owner)?.Name : null;

    private string? WaitingText => Job.State.IsFinal() ? L["chart.none"].Value : null;

    private string Ask => $"/playground?models={Uri.EscapeDataString(Database.BaseModels.Get(Job.BaseModelId)?.Name ?? "")},{Uri.EscapeDataString(deployed?.Alias ?? Adapter!.ModelName)}"
        + (samples.Count > 0 ? $"&prompt={Uri.EscapeDataString(samples[Math.Min(shown, samples.Count - 1)].Prompt)}" : "");

    protected override void OnParametersSet()
    {
        deployed = Deployments.FirstOrDefault(d => d.State == DeploymentState.Ready);
        samples = History.Samples;
        signals.Read(History, MetricName);
        extra = [.. History.Metrics.Where(m => !Usual.Contains(m) && !RunSignals.Covers(m) && !m.StartsWith("eval_", StringComparison.Ordinal)).Order(StringComparer.Ordinal).Take(12)];
        var training = History.Curve("loss");
        var evaluation = History.Curve("eval_loss");
        if (loss.Count == 2 && loss[0].Points.Count == training.Count && loss[1].Points.Count == evaluation.Count && training.Count + evaluation.Count > 0 && Same(loss[0].Points, training) && Same(loss[1].Points, evaluation))
        {
            return;
        }

        loss =
        [
            new ChartSeries(L["chart.training"], 1, training) { Smooth = true },
            new ChartSeries(L["chart.evaluation"], 2, evaluation) { AsPoints = true, Best = evaluation.Count > 1 ? "lowest" : null },
        ];
    }

    /// <summary>A metric for people; rewards by the name of the reward.</summary>
    private string MetricName(string metric) =>
        metric.StartsWith("rewards/", StringComparison.Ordinal) && metric.EndsWith("/mean", StringComparison.Ordinal) && metric.Split('/') is [_, var reward, _] ? L.Or($"reward.{reward}", reward) : L.Or($"metric.{metric}", metric);

    private string Figure(string metric) => History.Last(metric) is { } value
        ? metric is "completions/clipped_ratio" or "frac_reward_zero_std" or "clip_ratio/region_mean" or "cispo_clip_ratio" or "policy/clipfrac_avg" or "refusals/all" ? Format.Percent(value) : Format.Number(value)
        : "–";

    private static bool Same(IReadOnlyList<ChartPoint> before, IReadOnlyList<ChartPoint> now) => now.Count == 0 || before[^1] == now[^1];

    /// <summary>The base, then answers spread over the run, the newest last.</summary>
    private static IEnumerable<StepAnswer> Few(IReadOnlyList<StepAnswer> answers)
    {
        if (answers.Count <= Shown)
        {
            return answers;
        }

        return Enumerable.Range(0, Shown).Select(i => answers[(int)Math.Round(i * (answers.Count - 1) / (double)(Shown - 1))]).Distinct();
    }

    private string DataHref(string versionId) => Database.DatasetVersions.Get(versionId) is { } version ? FormattableString.Invariant($"/data/{version.DatasetId}?version={version.Number}") : "/data";
}
