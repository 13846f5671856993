using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Localization;
using Studio.Data.Datasets;
using Studio.Data.Preparation;
using Studio.Web.Components;
using Studio.Web.Resources;

namespace Studio.Web.Pages.Data;

/// <summary>All datasets; files are dropped anywhere on the page.</summary>
public sealed partial class DataPage
{
    private IReadOnlyList<Entry> datasets = [];
    private IReadOnlyList<PreparationJob> preparations = [];
    private string? find;
    private int arrived;

    [Inject]
    private IStringLocalizer<DataText> L { get; set; } = null!;

    [Inject]
    private IStringLocalizer<PreparationText> P { get; set; } = null!;

    [Inject]
    private StudioOptions Options { get; set; } = null!;

    private IEnumerable<Entry> Shown => string.IsNullOrWhiteSpace(find) ? datasets : datasets.Where(d => d.Dataset.Name.Contains(find.Trim(), StringComparison.CurrentCultureIgnoreCase));

    protected override async Task OnInitializedAsync()
    {
        await base.OnInitializedAsync();
        Follow(Database.Datasets);
        Follow(Database.DatasetVersions);
        Follow(Database.Preparations);
        await LoadAsync();
    }

    protected override Task LoadAsync()
    {
        var versions = Database.DatasetVersions.List().GroupBy(v => v.DatasetId, StringComparer.Ordinal).ToDictionary(g => g.Key, g => g.ToList(), StringComparer.Ordinal);
        var uses = Database.Jobs.List().SelectMany(j => j.Data.Select(d => d.DatasetVersionId).Distinct()).GroupBy(id => id, StringComparer.Ordinal).ToDictionary(g => g.Key, g => g.Count(), StringComparer.Ordinal);
        datasets =
        [
            .. Database.Datasets.List().Select(dataset =>
            {
                var own = versions.GetValueOrDefault(dataset.Id, []);
                return new Entry(dataset, own.MaxBy(v => v.Number), own.Sum(v => uses.GetValueOrDefault(v.Id)));
            }),
        ];
        preparations = Database.Preparations.List();
        return Task.CompletedTask;
    }

    private static long Problems(DatasetVersion? version) => version is null ? 0 : version.ProblemCounts.Values.Sum();

    /// <summary>A single file opens its dataset; of several, the list shows them all.</summary>
    private async Task OnUploadedAsync(Uploaded uploaded)
    {
        await LoadAsync();
        arrived++;
        if (!uploaded.Last)
        {
            return;
        }

        var several = arrived > 1;
        arrived = 0;
        if (!several && JsonNode.Parse(uploaded.Answer)?["dataset"]?["id"]?.ToString() is { } id)
        {
            Navigation.NavigateTo($"/data/{id}");
        }
    }

    private sealed record Entry(Dataset Dataset, DatasetVersion? Version, int Runs);
}
