using System.Globalization;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Localization;
using Studio.Data.Datasets;
using Studio.Data.Jobs;
using Studio.Data.Store;
using Studio.Web.Components;
using Studio.Web.Resources;

namespace Studio.Web.Pages.Train;

/// <summary>Drop a file or pick datasets, with weights when there are several, and what is held back to measure with.</summary>
public sealed partial class DataStep
{
    private const double LeastWeight = 0.01;

    private IReadOnlyList<Entry> datasets = [];
    private string? find;
    private string? faulty;

    [Parameter, EditorRequired]
    public TrainDraft Draft { get; set; } = null!;

    /// <summary>Versions that are being imported and will be chosen.</summary>
    [Parameter]
    public IReadOnlySet<string> Pending { get; set; } = new HashSet<string>();

    [Parameter]
    public EventCallback<TrainDraft> OnChange { get; set; }

    [Parameter]
    public EventCallback<Uploaded> OnUploaded { get; set; }

    [Inject]
    private IStringLocalizer<TrainText> L { get; set; } = null!;

    [Inject]
    private IStringLocalizer<DataText> D { get; set; } = null!;

    [Inject]
    private StudioDatabase Database { get; set; } = null!;

    private IEnumerable<Entry> Shown => datasets.Where(e => string.IsNullOrWhiteSpace(find) || e.Dataset.Name.Contains(find.Trim(), StringComparison.CurrentCultureIgnoreCase) || Draft.Data.Any(d => e.Versions.Any(v => v.Id == d.DatasetVersionId)));

    protected override void OnParametersSet()
    {
        var versions = Database.DatasetVersions.List().ToLookup(v => v.DatasetId, StringComparer.Ordinal);
        datasets = [.. Database.Datasets.List().Select(d => new Entry(d, [.. versions[d.Id].OrderByDescending(v => v.Number)]))];
    }

    private Task Choose(Entry entry, DatasetVersion? version, bool on)
    {
        var others = Draft.Data.Where(d => entry.Versions.All(v => v.Id != d.DatasetVersionId)).ToList();
        return on && version is null ? Task.CompletedTask : OnChange.InvokeAsync(Draft with { Data = on ? [.. others, new DatasetUse(version!.Id)] : others, ValidationVersionId = on && Draft.ValidationVersionId == version!.Id ? null : Draft.ValidationVersionId });
    }

    private Task Switch(DatasetUse use, string id) => OnChange.InvokeAsync(Draft with { Data = [.. Draft.Data.Select(d => d == use ? d with { DatasetVersionId = id } : d)] });

    private Task Weigh(DatasetUse use, string? text)
    {
        if (!double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var weight) || weight < LeastWeight || weight > Mixture.Most)
        {
            faulty = use.DatasetVersionId;
            return Task.CompletedTask;
        }

        faulty = null;
        return OnChange.InvokeAsync(Draft with { Data = [.. Draft.Data.Select(d => d == use ? d with { Weight = weight } : d)] });
    }

    private sealed record Entry(Dataset Dataset, IReadOnlyList<DatasetVersion> Versions);
}
