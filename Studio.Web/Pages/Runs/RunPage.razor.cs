using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Localization;
using Studio.Data.Jobs;
using Studio.Data.Registry;
using Studio.Web.Components;
using Studio.Web.Jobs;
using Studio.Web.Layout;
using Studio.Web.Resources;

namespace Studio.Web.Pages.Runs;

/// <summary>One run: how it is going, what it answers, its checkpoints, log and configuration. Rebuilt from the store and the event file by its address alone.</summary>
public sealed partial class RunPage
{
    private static readonly string[] Known = ["overview", "rollouts", "samples", "checkpoints", "log", "configuration"];

    private RunHistory history = new("");
    private TrainingJob? job;
    private Adapter? adapter;
    private IReadOnlyList<Deployment> deployments = [];
    private IDisposable? subscription;
    private bool deploying;
    private int ahead;

    [Parameter]
    public string? Tab { get; set; }

    [Inject]
    private IStringLocalizer<RunsText> L { get; set; } = null!;

    [Inject]
    private JobBoard Board { get; set; } = null!;

    [Inject]
    private JobEvents Events { get; set; } = null!;

    protected override Board<TrainingJob> Jobs => Board;

    protected override IStringLocalizer Words => L;

    protected override string ListHref => "/runs";

    private IReadOnlyList<Crumb> Parents => [new(L["title"], "/runs")];

    private string Active => Known.Contains(Tab, StringComparer.Ordinal) ? Tab! : "overview";

    private bool CanPause => job is { State: JobState.Running or JobState.Queued };

    private bool CanResume => job is { State: JobState.Paused or JobState.Interrupted };

    private bool CanStop => job is { State: JobState.Running } || (CanResume && job!.Progress.Step > 0);

    private double Share => job is { Progress.TotalSteps: > 0 and var total } ? (double)job.Progress.Step / total : 0;

    private string? BarClass => job?.State switch
    {
        JobState.Succeeded => "good",
        JobState.Failed => "bad",
        JobState.Paused or JobState.Interrupted or JobState.Cancelled => "attention",
        _ => null,
    };

    private string PlaygroundHref => $"/playground?models={Uri.EscapeDataString(Database.BaseModels.Get(job!.BaseModelId)?.Name ?? "")},{Uri.EscapeDataString(adapter?.ModelName ?? "")}"
        + (history.Samples is [var sample, ..] ? $"&prompt={Uri.EscapeDataString(sample.Prompt)}" : "");

    private string FactsLine => string.Join(" · ", Facts());

    /// <summary>Why nothing moves, or what is going on before the first step.</summary>
    private string? Waiting => job?.State switch
    {
        JobState.Validating => L["wait.validating"],
        JobState.Queued => ahead == 0 ? L["wait.queued"] : L.Plural("wait.ahead", ahead),
        JobState.Interrupted => L["wait.interrupted"],
        JobState.Paused => L["wait.paused"],
        JobState.Running when job.Progress.Step == 0 => L.Or($"phase.{history.Phase}.long", L["phase.starting.long"]),
        _ => null,
    };

    private IReadOnlyList<Tabs.Tab> TabItems
    {
        get
        {
            string Href(string tab) => $"/runs/{Id}/{tab}";
            var (checkpoints, samples) = (history.Checkpoints.Count, history.Samples.Count);
            var rolls = history.Rollouts.Steps.Count > 0 || job!.Recipe.Method is "grpo" or "rloo" or "ppo";
            return
            [
                new("overview", L["tab.overview"], $"/runs/{Id}"),
                .. rolls ? [new Tabs.Tab("rollouts", L["tab.rollouts"], Href("rollouts"))] : Array.Empty<Tabs.Tab>(),
                new("samples", L["tab.samples"], Href("samples"), samples > 0 ? Format.Count(samples) : null),
                new("checkpoints", L["tab.checkpoints"], Href("checkpoints"), checkpoints > 0 ? Format.Count(checkpoints) : null),
                new("log", L["tab.log"], Href("log")),
                new("configuration", L["tab.configuration"], Href("configuration")),
            ];
        }
    }

    protected override async Task OnInitializedAsync()
    {
        await base.OnInitializedAsync();
        Follow(Database.Deployments);
        Follow(Database.Jobs, id => id != Id && job is { State: JobState.Queued });
    }

    protected override async Task OnParametersSetAsync()
    {
        if (history.JobId != Id)
        {
            subscription?.Dispose();
            history = new RunHistory(Id);
            subscription = Events.Subscribe(Id, Poke);
        }

        await LoadAsync();
    }

    protected override Task LoadAsync()
    {
        job = Database.Jobs.Get(Id);
        if (job is null)
        {
            return Task.CompletedTask;
        }

        history.Read(Events);
        adapter = job.AdapterId is { } id ? Database.Adapters.Get(id) : null;
        deployments = adapter is null ? [] : Database.Deployments.List(d => d.AdapterId == adapter.Id && d.State != DeploymentState.Stopped);
        ahead = QueuePlace.Ahead(Database, job);
        return Task.CompletedTask;
    }

    protected override void Dispose(bool disposing)
    {
        subscription?.Dispose();
        base.Dispose(disposing);
    }

    private IEnumerable<string> Facts()
    {
        var progress = job!.Progress;
        if (progress.TotalSteps > 0)
        {
            yield return L["step.of", Format.Count(progress.Step), Format.Count(progress.TotalSteps)];
        }

        if (job.State == JobState.Running)
        {
            if (history.Phase is "evaluating" or "saving" or "loading" or "preparing")
            {
                yield return L[$"phase.{history.Phase}"];
            }
            else if (progress.EtaSeconds is { } left && progress.Step > 0)
            {
                yield return L["left", Format.Duration(left)];
            }

            if (progress.TokensPerSecond is { } rate)
            {
                yield return Format.Rate(rate);
            }
        }
        else if (RunWords.Seconds(job, Clock) is { } seconds && job.FinishedAt is not null)
        {
            yield return Format.Duration(seconds);
        }

        yield return RunWords.Method(job);
    }
}
