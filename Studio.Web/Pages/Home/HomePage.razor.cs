using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Localization;
using Studio.Data.Datasets;
using Studio.Data.Jobs;
using Studio.Data.Registry;
using Studio.Data.Store;
using Studio.Web.Components;
using Studio.Web.Jobs;
using Studio.Web.Layout;
using Studio.Web.Resources;
using Studio.Web.Serving;

namespace Studio.Web.Pages.Home;

/// <summary>Where someone starts: the three steps at first, afterwards what runs, what is new and what needs a person.</summary>
public sealed partial class HomePage
{
    private const int Rows = 5;

    private static readonly TimeSpan Period = TimeSpan.FromSeconds(5);

    private IReadOnlyList<Run> running = [];
    private IReadOnlyList<Need> needs = [];
    private IReadOnlyList<(Adapter Adapter, string Model, bool Deployed)> adapters = [];
    private IReadOnlyList<(Deployment Deployment, string Serves, TrafficStatistics Traffic)> endpoints = [];
    private TrainingJob? lastRun;

    [Inject]
    private IStringLocalizer<HomeText> L { get; set; } = null!;

    [Inject]
    private IStringLocalizer<Text> Common { get; set; } = null!;

    [Inject]
    private StudioDatabase Database { get; set; } = null!;

    [Inject]
    private JobEvents Events { get; set; } = null!;

    [Inject]
    private EndpointTraffic Traffic { get; set; } = null!;

    [Inject]
    private ClientTime Time { get; set; } = null!;

    private bool FirstVisit { get; set; }

    private string Greeting => FirstVisit ? L["greeting.first"] : Time.Now.Hour switch
    {
        < 5 => L["greeting.evening"],
        < 12 => L["greeting.morning"],
        < 18 => L["greeting.afternoon"],
        _ => L["greeting.evening"],
    };

    protected override async Task OnInitializedAsync()
    {
        Follow(Database.Jobs);
        Follow(Database.Adapters);
        Follow(Database.Deployments);
        Follow(Database.DatasetVersions);
        Every(Period);
        Time.Changed += Poke;
        await LoadAsync();
    }

    protected override Task LoadAsync()
    {
        var jobs = Database.Jobs.List();
        FirstVisit = jobs.Count == 0 && Database.Datasets.List(limit: 1).Count == 0;
        var models = Database.BaseModels.List().ToDictionary(m => m.Id, m => m.Name, StringComparer.Ordinal);
        string Model(string id) => models.GetValueOrDefault(id, id);

        running = [.. jobs.Where(j => !j.State.IsFinal()).OrderBy(j => j.State == JobState.Running ? 0 : 1).Take(Rows)
            .Select(j => new Run(j, Model(j.BaseModelId), j.StartedAt is null ? [] : [.. Events.Series(j.Id, 240).Of("loss").Select(p => p.Value)]))];
        lastRun = jobs.FirstOrDefault(j => j.State.IsFinal());

        var deployments = Database.Deployments.List(d => d.State != DeploymentState.Stopped);
        var served = deployments.Where(d => d.State == DeploymentState.Ready).Select(d => d.AdapterId).ToHashSet(StringComparer.Ordinal);
        adapters = [.. Database.Adapters.List(limit: Rows).Select(a => (a, Model(a.BaseModelId), served.Contains(a.Id)))];
        endpoints = [.. deployments.Take(Rows).Select(d => (d, Database.Adapters.Get(d.AdapterId) is { } adapter ? $"{adapter.Name} v{adapter.Version}" : d.AdapterId, Traffic.Of(d.Alias)))];
        needs = [.. FindNeeds(jobs, deployments).Take(Rows)];
        return Task.CompletedTask;
    }

    private IEnumerable<Need> FindNeeds(IReadOnlyList<TrainingJob> jobs, IReadOnlyList<Deployment> deployments)
    {
        var recently = Clock.GetUtcNow() - TimeSpan.FromDays(3);
        foreach (var version in Database.DatasetVersions.List(v => v.State is DatasetState.NeedsChoice or DatasetState.Refused && v.CreatedAt > recently, limit: Rows))
        {
            var name = Database.Datasets.Get(version.DatasetId)?.Name ?? version.FileName;
            yield return version.State == DatasetState.NeedsChoice
                ? new Need(L["needs.choice"], Tone.Attention, L["needs.choice.text", name], $"/data/{version.DatasetId}")
                : new Need(L["needs.refused"], Tone.Bad, L["needs.refused.text", name], $"/data/{version.DatasetId}");
        }

        foreach (var job in jobs.Where(j => j.State == JobState.Failed && j.FinishedAt > recently))
        {
            yield return new Need(L["needs.failed"], Tone.Bad, L["needs.failed.text", job.Name], $"/runs/{job.Id}");
        }

        foreach (var job in jobs.Where(j => j.State == JobState.Paused))
        {
            yield return new Need(L["needs.paused"], Tone.Attention, L["needs.paused.text", job.Name], $"/runs/{job.Id}");
        }

        foreach (var deployment in deployments.Where(d => d.State == DeploymentState.Failed))
        {
            yield return new Need(L["needs.deployment"], Tone.Bad, L["needs.deployment.text", deployment.Alias], "/endpoints");
        }
    }

    protected override void Dispose(bool disposing)
    {
        Time.Changed -= Poke;
        base.Dispose(disposing);
    }

    private sealed record Run(TrainingJob Job, string Model, IReadOnlyList<double> Losses);

    private sealed record Need(string Word, Tone Tone, string Text, string Href);
}
