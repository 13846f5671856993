using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Localization;
using Studio.Data.Datasets;
using Studio.Data.Jobs;
using Studio.Data.Store;
using Studio.Web.Pages.Data;
using Studio.Web.Resources;

namespace Studio.Web.Pages.Train;

/// <summary>Step 4: what training would see and cost, measured by the trainer on this machine, and rows exactly as the model reads them.</summary>
public sealed partial class CheckStep : IDisposable
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private readonly CancellationTokenSource leaving = new();
    private DatasetRow? row;
    private RowPreview? preview;
    private string? fault;
    private string? previewed;
    private bool previewing;
    private ITimer? ticker;

    [Parameter, EditorRequired]
    public TrainDraft Draft { get; set; } = null!;

    [Parameter]
    public DraftCheck? Check { get; set; }

    [Parameter, EditorRequired]
    public IReadOnlyDictionary<string, DatasetVersion> Versions { get; set; } = null!;

    [Parameter]
    public EventCallback OnCheck { get; set; }

    [Inject]
    private IStringLocalizer<TrainText> L { get; set; } = null!;

    [Inject]
    private DatasetLibrary Library { get; set; } = null!;

    [Inject]
    private StudioDatabase Database { get; set; } = null!;

    [Inject]
    private RowPreviews Previews { get; set; } = null!;

    [Inject]
    private TimeProvider Clock { get; set; } = null!;

    private CheckReport? Report => Draft.Check;

    private int MaxLength => Draft.Recipe!.Data.MaxLength;

    protected override async Task OnInitializedAsync()
    {
        if (!Draft.CheckIsFresh && (Check is null || Check.Key != Draft.Key))
        {
            await OnCheck.InvokeAsync();
        }
    }

    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        if (firstRender)
        {
            await PreviewAsync(0);
        }

        // The elapsed time moves although nothing else does.
        if (Check is { Outcome: null })
        {
            ticker ??= Clock.CreateTimer(_ => InvokeAsync(StateHasChanged), null, Second, Second);
        }
        else
        {
            ticker?.Dispose();
            ticker = null;
        }
    }

    private async Task PreviewAsync(int by)
    {
        if (Draft.Data.Count == 0 || Draft.BaseModelId is not { } id || Database.BaseModels.Get(id) is not { } model)
        {
            return;
        }

        // One more goes through the datasets in turn, then to their next rows.
        var index = by == 0 ? 0 : (row?.Index ?? 0) + (previewed == Draft.Data[^1].DatasetVersionId ? 1 : 0);
        var at = by == 0 ? 0 : (Draft.Data.ToList().FindIndex(d => d.DatasetVersionId == previewed) + 1) % Draft.Data.Count;
        previewed = Draft.Data[at].DatasetVersionId;
        if (!Versions.TryGetValue(previewed, out var version) || version.State != DatasetState.Ready || version.ValidRows == 0)
        {
            return;
        }

        row = Library.Rows(version.Id, index % version.ValidRows, 1, null).Rows.FirstOrDefault();
        (preview, fault, previewing) = (null, null, true);
        StateHasChanged();
        if (row is null)
        {
            return;
        }

        try
        {
            var seen = await Previews.PreviewAsync(model, [row.Example], MaxLength, leaving.Token);
            preview = seen.Succeeded ? seen.Value.FirstOrDefault() : null;
            fault = preview is null ? seen.Summary : null;
        }
        catch (OperationCanceledException)
        {
            return;
        }
        finally
        {
            previewing = false;
        }

        StateHasChanged();
    }

    // The last bound of the report is open; drawn as twice the one before.
    private static IReadOnlyList<int> Bounds(CheckReport report) =>
        report.LengthBounds is [.., int.MaxValue] open ? [.. open.SkipLast(1), open.Count > 1 ? open[^2] * 2 : MaxShown] : report.LengthBounds;

    private const int MaxShown = 65536;

    public void Dispose()
    {
        leaving.Cancel();
        leaving.Dispose();
        ticker?.Dispose();
    }
}
