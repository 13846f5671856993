using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Localization;
using Studio.Data.Evaluation;
using Studio.Data.Jobs;
using Studio.Web.Components;
using Studio.Web.Jobs;
using Studio.Web.Layout;
using Studio.Web.Resources;

namespace Studio.Web.Pages.Evaluations;

/// <summary>One evaluation: every number with its interval and its test against the base, the worst answers, all items, what was set.</summary>
public sealed partial class EvaluationPage
{
    private const int WorstItems = 5;
    private const int NewestItems = 3;

    private static readonly string[] Known = ["result", "items", "settings"];

    private EvaluationJob? evaluation;
    private IReadOnlyList<(string Suite, ItemRow Row)> worst = [];
    private IReadOnlyList<(string Suite, ItemRow Row)> partial = [];
    private MeasureWords words = null!;
    private int ahead;

    [Parameter]
    public string? Tab { get; set; }

    [Inject]
    private IStringLocalizer<EvaluationsText> L { get; set; } = null!;

    [Inject]
    private EvaluationBoard Board { get; set; } = null!;

    [Inject]
    private EvaluationItems Items { get; set; } = null!;

    [Inject]
    private SuiteItemSources Sources { get; set; } = null!;

    protected override Board<EvaluationJob> Jobs => Board;

    protected override IStringLocalizer Words => L;

    protected override string ListHref => "/evaluations";

    private IReadOnlyList<Crumb> Parents => [new(L["title"], "/evaluations")];

    private string Active => Known.Contains(Tab, StringComparer.Ordinal) ? Tab! : "result";

    private string BaseName => Database.BaseModels.Get(evaluation!.BaseModelId)?.Name ?? evaluation.BaseModelId;

    private double Share => evaluation is { Total: > 0 } ? (double)evaluation.Done / evaluation.Total : 0;

    private string? BarClass => evaluation?.State switch
    {
        JobState.Failed => "bad",
        JobState.Paused or JobState.Interrupted or JobState.Cancelled => "attention",
        _ => null,
    };

    private IReadOnlyList<Tabs.Tab> TabItems =>
    [
        new("result", L["tab.result"], $"/evaluations/{Id}"),
        new("items", L["tab.items"], $"/evaluations/{Id}/items", evaluation!.Done > 0 ? Format.Count(evaluation.Done) : null),
        new("settings", L["tab.settings"], $"/evaluations/{Id}/settings"),
    ];

    private string FactsLine => string.Join(" · ", Facts());

    private string? Waiting => evaluation?.State switch
    {
        JobState.Queued => ahead == 0 ? L["wait.queued"] : L.Plural("wait.ahead", ahead),
        JobState.Interrupted => L["wait.interrupted"],
        JobState.Paused => L["wait.paused"],
        JobState.Cancelled => L["wait.cancelled"],
        JobState.Running when evaluation.Done == 0 => L["wait.loading"],
        _ => null,
    };

    protected override async Task OnInitializedAsync()
    {
        words = new MeasureWords(L);
        await base.OnInitializedAsync();
        Follow(Database.Evaluations, id => id == Id || evaluation is { State: JobState.Queued });
        Follow(Database.Jobs, _ => evaluation is { State: JobState.Queued });
    }

    protected override Task OnParametersSetAsync() => LoadAsync();

    protected override Task LoadAsync()
    {
        evaluation = Database.Evaluations.Get(Id);
        if (evaluation is null)
        {
            return Task.CompletedTask;
        }

        ahead = QueuePlace.Ahead(Database, evaluation);
        var pages = Active != "result" ? [] : evaluation.Suites.Select(s => s.Suite).ToList();
        worst = evaluation.Result is null ? [] : [.. pages.SelectMany(s => Items.Page(Id, new ItemQuery(s) { Filter = ItemFilter.Worse, Count = WorstItems }).Items.Select(i => (s, i))).OrderBy(i => i.i.Change).Take(WorstItems)];
        partial = evaluation.Result is not null ? [] : [.. pages.SelectMany(s => Items.Read(Id, s).TakeLast(NewestItems).Reverse().Select(i => (s, new ItemRow(i, ItemQuality.Change(EvaluationSuites.Find(s), i))))).TakeLast(NewestItems)];
        return Task.CompletedTask;
    }

    private IEnumerable<string> Facts()
    {
        if (evaluation!.ModelName != evaluation.Name)
        {
            yield return evaluation.ModelName;
        }

        if (evaluation.Total > 0)
        {
            yield return evaluation.State == JobState.Succeeded ? L.Plural("items", evaluation.Total) : L["items.of", Format.Count(evaluation.Done), Format.Count(evaluation.Total)];
        }

        if (evaluation is { State: JobState.Running, EtaSeconds: { } left })
        {
            yield return L["left", Format.Duration(left)];
        }

        if (evaluation is { State: JobState.Running, Suite: { } suite })
        {
            yield return words.Suite(suite);
        }

        if (evaluation is { StartedAt: { } start, FinishedAt: { } end })
        {
            yield return Format.Duration(end - start);
        }

        if (evaluation.AfterTraining)
        {
            yield return L["kind.after"];
        }
    }

    private IEnumerable<string> Describe(SuiteUse use)
    {
        yield return use.Items is { } source ? Sources.NameOf(source) : L["items.own"];
        if (use.Limit is { } limit)
        {
            yield return L["settings.limit", Format.Count(limit)];
        }

        if (use.Shots > 0)
        {
            yield return L["settings.shots", use.Shots];
        }

        if (use.MaxTokens is { } tokens)
        {
            yield return L["settings.tokens", tokens];
        }
    }
}
