using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Localization;
using Studio.Data.Jobs;
using Studio.Data.Store;
using Studio.Web.Components;
using Studio.Web.Components.Charts;
using Studio.Web.Components.Recipes;
using Studio.Web.Jobs;
using Studio.Web.Layout;
using Studio.Web.Resources;

namespace Studio.Web.Pages.Runs;

/// <summary>Runs laid over each other: one curve per run, results side by side, and what was set differently.</summary>
public sealed partial class ComparePage
{
    private const int Most = 6;

    private static readonly string[] Usual = ["loss", "eval_loss", "learning_rate", "grad_norm", "tokens_per_second", "memory_bytes"];
    private static readonly string[] NoCurve = ["eta_seconds", "tokens", "trained_tokens"];

    private readonly Dictionary<string, RunHistory> histories = new(StringComparer.Ordinal);
    private IReadOnlyList<Run> runs = [];
    private IReadOnlyList<TrainingJob> others = [];
    private IReadOnlyList<string> metrics = [];
    private IReadOnlyList<ChartSeries> series = [];
    private IReadOnlyList<Difference> configuration = [];
    private bool everything;

    [SupplyParameterFromQuery]
    public string? Ids { get; set; }

    [SupplyParameterFromQuery]
    public string? Metric { get; set; }

    [Inject]
    private IStringLocalizer<RunsText> L { get; set; } = null!;

    [Inject]
    private IStringLocalizer<RecipeText> S { get; set; } = null!;

    [Inject]
    private IStringLocalizer<OptionText> O { get; set; } = null!;

    [Inject]
    private IStringLocalizer<Text> Common { get; set; } = null!;

    [Inject]
    private StudioDatabase Database { get; set; } = null!;

    [Inject]
    private JobEvents Events { get; set; } = null!;

    [Inject]
    private NavigationManager Navigation { get; set; } = null!;

    private IReadOnlyList<Crumb> Parents => [new(L["title"], "/runs")];

    private string Chosen => metrics.Contains(Metric, StringComparer.Ordinal) ? Metric! : "loss";

    private IReadOnlyList<Difference> Differences => everything ? configuration : [.. configuration.Where(d => d.Differs)];

    protected override void OnInitialized() => Follow(Database.Jobs, id => runs.Any(r => r.Job.Id == id));

    protected override Task OnParametersSetAsync() => LoadAsync();

    protected override Task LoadAsync()
    {
        var jobs = (Ids ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries).Distinct(StringComparer.Ordinal).Select(Database.Jobs.Get).OfType<TrainingJob>().Take(Most).ToList();
        var names = jobs.GroupBy(j => j.Name, StringComparer.Ordinal).Where(g => g.Skip(1).Any()).Select(g => g.Key).ToHashSet(StringComparer.Ordinal);
        runs = [.. jobs.Select((j, i) => new Run(j, names.Contains(j.Name) ? FormattableString.Invariant($"{j.Name} ({i + 1})") : j.Name, i + 1, History(j.Id)))];
        others = Database.Jobs.List(j => j.StartedAt is not null && jobs.All(known => known.Id != j.Id), limit: 100);
        metrics = [.. runs.SelectMany(r => r.History.Metrics).Concat(["loss"]).Distinct(StringComparer.Ordinal).Where(m => !NoCurve.Contains(m))
            .OrderBy(m => Array.IndexOf(Usual, m) is >= 0 and var at ? at : Usual.Length).ThenBy(m => m, StringComparer.Ordinal)];
        var points = Chosen.StartsWith("eval_", StringComparison.Ordinal);
        series = [.. runs.Select(r => new ChartSeries(r.Label, r.Colour, r.History.Curve(Chosen)) { Smooth = Chosen is "loss" or "grad_norm", AsPoints = points, Best = points && Chosen == "eval_loss" ? "lowest" : null })];
        configuration = [.. Compare()];
        return Task.CompletedTask;
    }

    private RunHistory History(string id)
    {
        if (!histories.TryGetValue(id, out var history))
        {
            histories[id] = history = new RunHistory(id);
        }

        history.Read(Events);
        return history;
    }

    private void Choose(IEnumerable<string> ids) => Navigation.NavigateTo(Navigation.GetUriWithQueryParameter("ids", string.Join(',', ids.Where(i => i.Length > 0))));

    private void Show(string metric) => Navigation.NavigateTo(Navigation.GetUriWithQueryParameter("metric", metric == "loss" ? null : metric), replace: true);

    private IEnumerable<Result> Results()
    {
        yield return Numbers(L["learned.eval"], r => r.History.Lowest("eval_loss"), Format.Number, lowest: true);
        yield return Numbers(L["compare.last"], r => r.History.Last("loss"), Format.Number, lowest: null);
        yield return Numbers(L["learned.accuracy"], r => r.History.Last("eval_mean_token_accuracy"), v => v is { } share ? Format.Percent(share) : "–", lowest: false);
        yield return Numbers(L["learned.tokens"], r => r.Job.Progress.TrainedTokens, v => Format.Count((long)v!.Value), lowest: null);
        yield return Numbers(L["compare.steps"], r => r.Job.Progress.Step, v => Format.Count((long)v!.Value), lowest: null);
        yield return Numbers(L["chart.throughput"], r => r.History.Last("tokens_per_second"), v => v is { } rate ? Format.Count((long)rate) : "–", lowest: false);
        yield return Numbers(L["compare.memory"], r => r.History.Last("memory_bytes"), v => v is { } bytes ? Format.Bytes(bytes) : "–", lowest: null);
        yield return Numbers(L["col.time"], r => RunWords.Seconds(r.Job, Clock), Format.Duration, lowest: null);
    }

    private Result Numbers(string title, Func<Run, double?> read, Func<double?, string> show, bool? lowest)
    {
        var values = runs.Select(read).ToList();
        var finite = values.Where(v => v is { } n && double.IsFinite(n)).ToList();
        var best = lowest is null || finite.Count < 2 || finite.Distinct().Count() < 2 ? null : lowest.Value ? finite.Min() : finite.Max();
        return new Result(title, [.. values.Select(v => (show(v), best is not null && v == best))]);
    }

    private IEnumerable<Difference> Compare()
    {
        if (runs.Count == 0)
        {
            yield break;
        }

        yield return Row(L["from.base"], "model", r => Database.BaseModels.Get(r.Job.BaseModelId)?.Name ?? r.Job.BaseModelId);
        yield return Row(L["from.data"], "data", r => RunWords.DataNames(r.Job, Database));
        yield return Row(L["compare.goal"], "goal", r => S.Or($"goal.{r.Job.Recipe.Goal}", r.Job.Recipe.Goal));
        yield return Row(L["compare.method"], "method", r => r.Job.Recipe.Method.ToUpperInvariant());

        var values = runs.Select(r => RecipeSections.Compare(r.Job.Recipe, r.Job.Recipe).ToDictionary(v => (v.Section, v.Field.Name))).ToList();
        foreach (var key in values.SelectMany(v => v.Keys).Distinct())
        {
            var field = values.First(v => v.ContainsKey(key))[key].Field;
            yield return Row(O.Or($"{field.Name}.label", field.Label), $"{key.Section}.{key.Name}", r => values[r.Colour - 1].TryGetValue(key, out var value) ? Word(value.Value) : "–");
        }
    }

    private string Word(object? value) => value is bool on ? Common[on ? "option.on" : "option.off"] : RecipeSections.Text(value) is { Length: > 0 } text ? text : Common["option.none"];

    private Difference Row(string title, string name, Func<Run, string> read)
    {
        string[] values = [.. runs.Select(read)];
        return new Difference(title, name, values, values.Distinct(StringComparer.Ordinal).Count() > 1);
    }

    private sealed record Run(TrainingJob Job, string Label, int Colour, RunHistory History);

    private sealed record Difference(string Title, string Name, IReadOnlyList<string> Values, bool Differs);

    private sealed record Result(string Title, IReadOnlyList<(string Text, bool Best)> Cells);
}
