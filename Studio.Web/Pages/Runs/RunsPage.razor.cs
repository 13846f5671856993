using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Localization;
using Studio.Data.Jobs;
using Studio.Web.Jobs;
using Studio.Web.Resources;

namespace Studio.Web.Pages.Runs;

/// <summary>All runs with their curves; filters are in the address; two or more can be compared.</summary>
public sealed partial class RunsPage
{
    private const int CurvePoints = 120;
    private const int Most = 200;

    private static readonly string[] States = ["all", "active", "succeeded", "failed"];

    private readonly List<string> picked = [];
    private readonly Dictionary<string, (int Step, IReadOnlyList<double> Losses)> curves = new(StringComparer.Ordinal);
    private IReadOnlyList<Row> rows = [];
    private IReadOnlyList<(string Id, string Name)> models = [];
    private int all;

    [SupplyParameterFromQuery(Name = "q")]
    public string? Find { get; set; }

    [SupplyParameterFromQuery]
    public string? State { get; set; }

    [SupplyParameterFromQuery]
    public string? Model { get; set; }

    [Inject]
    private IStringLocalizer<RunsText> L { get; set; } = null!;

    [Inject]
    private JobEvents Events { get; set; } = null!;

    private string Shown => States.Contains(State, StringComparer.Ordinal) ? State! : "all";

    protected override async Task OnInitializedAsync()
    {
        await base.OnInitializedAsync();
        Follow(Database.Jobs);
    }

    protected override Task OnParametersSetAsync() => LoadAsync();

    protected override Task LoadAsync()
    {
        var names = Database.BaseModels.List().ToDictionary(m => m.Id, m => m.Name, StringComparer.Ordinal);
        var jobs = Database.Jobs.List();
        all = jobs.Count;
        models = [.. jobs.Select(j => j.BaseModelId).Distinct(StringComparer.Ordinal).Select(id => (id, names.GetValueOrDefault(id, id)))];
        picked.RemoveAll(id => jobs.All(j => j.Id != id));
        rows = [.. jobs.Where(Matches).Take(Most).Select(j => new Row(j, names.GetValueOrDefault(j.BaseModelId, j.BaseModelId), Losses(j), RunWords.DataNames(j, Database), RunWords.Seconds(j, Clock)))];
        return Task.CompletedTask;
    }

    private bool Matches(TrainingJob job) =>
        (string.IsNullOrWhiteSpace(Find) || job.Name.Contains(Find.Trim(), StringComparison.CurrentCultureIgnoreCase))
        && (string.IsNullOrEmpty(Model) || job.BaseModelId == Model)
        && Shown switch
        {
            "active" => !job.State.IsFinal(),
            "succeeded" => job.State == JobState.Succeeded,
            "failed" => job.State is JobState.Failed or JobState.Cancelled,
            _ => true,
        };

    // Curves of ended runs do not change: their files are read once per page.
    private IReadOnlyList<double> Losses(TrainingJob job)
    {
        if (job.StartedAt is null)
        {
            return [];
        }

        if (!curves.TryGetValue(job.Id, out var known) || known.Step != job.Progress.Step)
        {
            curves[job.Id] = known = (job.Progress.Step, [.. Events.Series(job.Id, CurvePoints).Of("loss").Select(p => p.Value)]);
        }

        return known.Losses;
    }

    private void Pick(string id, bool on)
    {
        picked.Remove(id);
        if (on)
        {
            picked.Add(id);
        }
    }

    private void Go(string? find = null, string? state = null, string? model = null)
    {
        string? Kept(string? value) => string.IsNullOrEmpty(value) ? null : value;
        var chosen = state ?? Shown;
        Navigation.NavigateTo(
            Navigation.GetUriWithQueryParameters(new Dictionary<string, object?>
            {
                ["q"] = Kept(find ?? Find),
                ["state"] = chosen == "all" ? null : chosen,
                ["model"] = Kept(model ?? Model),
            }),
            replace: true);
    }

    private sealed record Row(TrainingJob Job, string Model, IReadOnlyList<double> Losses, string Data, double? Seconds);
}
