using System.Globalization;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Localization;
using Studio.Data.Datasets;
using Studio.Data.Jobs;
using Studio.Data.Recipes;
using Studio.Data.Registry;
using Studio.Data.Store;
using Studio.Web.Components;
using Studio.Web.Resources;

namespace Studio.Web.Pages.Data;

/// <summary>The rows of a version, a page at a time: as text, or rendered and tokenised as the chosen base model would see them.</summary>
public sealed partial class DatasetRows : IDisposable
{
    private const int PageSize = 25;

    private readonly CancellationTokenSource leaving = new();
    private readonly Dictionary<long, RowPreview> previews = [];
    private RowPage page = new(0, [], false);
    private DatasetRow? chosen;
    private long offset;
    private string? search;
    private bool asModel;
    private IReadOnlyList<BaseModel> models = [];
    private string? modelId;
    private int maxLength = new DataOptions().MaxLength;
    private string? fault;
    private int asked;

    [Parameter, EditorRequired]
    public DatasetVersion Version { get; set; } = null!;

    [Inject]
    private IStringLocalizer<DataText> L { get; set; } = null!;

    [Inject]
    private IStringLocalizer<Text> Common { get; set; } = null!;

    [Inject]
    private DatasetLibrary Library { get; set; } = null!;

    [Inject]
    private StudioDatabase Database { get; set; } = null!;

    [Inject]
    private RowPreviews Previews { get; set; } = null!;

    protected override void OnInitialized()
    {
        models = Database.BaseModels.List(m => m.State == BaseModelState.Ready, newestFirst: false);
        modelId = models.FirstOrDefault()?.Id;
        Load();
    }

    private void Load()
    {
        page = Library.Rows(Version.Id, offset, PageSize, string.IsNullOrWhiteSpace(search) ? null : search.Trim());
        chosen = page.Rows.Count > 0 ? page.Rows[0] : null;
    }

    private string Summary(DatasetRow row) => previews.TryGetValue(row.Index, out var preview)
        ? L["rows.tokens", Format.Count(preview.Tokens.Count), Format.Count(preview.Trained)]
        : L.Plural("rows.characters", ExampleText.Characters(row.Example));

    private Task SearchAsync(ChangeEventArgs e)
    {
        (search, offset) = (e.Value?.ToString(), 0);
        return ReloadAsync();
    }

    private Task MoveAsync(int by)
    {
        offset = Math.Max(0, offset + by);
        return ReloadAsync();
    }

    private Task ReloadAsync()
    {
        Load();
        return asModel ? PreviewAsync() : Task.CompletedTask;
    }

    private Task ChooseAsync(DatasetRow row)
    {
        chosen = row;
        return asModel ? PreviewAsync() : Task.CompletedTask;
    }

    private Task ShowAsModelAsync()
    {
        asModel = true;
        return PreviewAsync();
    }

    private Task ChangeModelAsync(ChangeEventArgs e)
    {
        modelId = e.Value?.ToString();
        previews.Clear();
        return PreviewAsync();
    }

    private Task ChangeLengthAsync(ChangeEventArgs e)
    {
        if (int.TryParse(e.Value?.ToString(), NumberStyles.None, CultureInfo.InvariantCulture, out var length) && length is >= 8 and <= 1_048_576 && length != maxLength)
        {
            maxLength = length;
            previews.Clear();
            return PreviewAsync();
        }

        return Task.CompletedTask;
    }

    /// <summary>Previews the whole page at once, because starting the trainer costs more than reading its rows.</summary>
    private async Task PreviewAsync()
    {
        var model = models.FirstOrDefault(m => m.Id == modelId);
        List<DatasetRow> missing = [.. page.Rows.Where(r => !previews.ContainsKey(r.Index))];
        if (model is null || missing.Count == 0)
        {
            return;
        }

        var mine = ++asked;
        fault = null;
        StateHasChanged();
        try
        {
            var seen = await Previews.PreviewAsync(model, [.. missing.Select(r => r.Example)], maxLength, leaving.Token);
            if (mine != asked)
            {
                return;
            }

            if (!seen.Succeeded)
            {
                fault = seen.Summary;
                return;
            }

            foreach (var preview in seen.Value.Where(p => p.Index < missing.Count))
            {
                previews[missing[preview.Index].Index] = preview;
            }
        }
        catch (OperationCanceledException)
        {
            // The page was left.
        }
    }

    public void Dispose()
    {
        leaving.Cancel();
        leaving.Dispose();
    }
}
