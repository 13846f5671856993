using System.Globalization;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Localization;
using Studio.Data.Datasets;
using Studio.Data.Recipes;
using Studio.Data.Registry;
using Studio.Data.Store;
using Studio.Web.Resources;

namespace Studio.Web.Pages.Data;

/// <summary>How long the rows are: in characters, or in tokens of a chosen base model with the line at which training would cut.</summary>
public sealed partial class LengthCard : IDisposable
{
    private readonly CancellationTokenSource leaving = new();
    private IReadOnlyList<BaseModel> models = [];
    private BaseModel? model;
    private TokenLengths? lengths;
    private string? fault;
    private int cut = new DataOptions().MaxLength;

    [Parameter, EditorRequired]
    public DatasetVersion Version { get; set; } = null!;

    [Parameter, EditorRequired]
    public DatasetStatistics Statistics { get; set; } = null!;

    [Inject]
    private IStringLocalizer<DataText> L { get; set; } = null!;

    [Inject]
    private IStringLocalizer<Text> Common { get; set; } = null!;

    [Inject]
    private StudioDatabase Database { get; set; } = null!;

    [Inject]
    private RowPreviews Previews { get; set; } = null!;

    protected override void OnInitialized() => models = Database.BaseModels.List(m => m.State == BaseModelState.Ready, newestFirst: false);

    private Task ChooseAsync(ChangeEventArgs e)
    {
        (model, lengths, fault) = (models.FirstOrDefault(m => m.Id == e.Value?.ToString()), null, null);
        return model is null ? Task.CompletedTask : CountAsync();
    }

    private async Task CountAsync()
    {
        var wanted = model!;
        fault = null;
        StateHasChanged();
        try
        {
            var counted = await Previews.LengthsAsync(wanted, Version, leaving.Token);
            if (wanted == model)
            {
                lengths = counted.Succeeded ? counted.Value : null;
                fault = counted.Succeeded ? null : counted.Summary;
            }
        }
        catch (OperationCanceledException)
        {
            // The page was left.
        }
    }

    private void Cut(ChangeEventArgs e)
    {
        if (int.TryParse(e.Value?.ToString(), NumberStyles.None, CultureInfo.InvariantCulture, out var length) && length is >= 8 and <= 1_048_576)
        {
            cut = length;
        }
    }

    public void Dispose()
    {
        leaving.Cancel();
        leaving.Dispose();
    }
}
