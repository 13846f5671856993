using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Localization;
using Studio.Data.Registry;
using Studio.Data.Validation;
using Studio.Web.Components;
using Studio.Web.Layout;
using Studio.Web.Models;
using Studio.Web.Resources;

namespace Studio.Web.Pages.Models;

/// <summary>The base models on this machine and what was read from them; adds one by its path.</summary>
public sealed partial class ModelsPage
{
    private readonly CancellationTokenSource leaving = new();

    private IReadOnlyList<BaseModel> models = [];
    private Dictionary<string, int> adapters = [];
    private Confirm confirm = null!;
    private bool adding;
    private bool busy;
    private string? path;
    private string? name;
    private IReadOnlyList<Problem> problems = [];

    /// <summary>1 opens the dialog (command palette).</summary>
    [SupplyParameterFromQuery]
    public string? Add { get; set; }

    [Inject]
    private IStringLocalizer<ModelsText> L { get; set; } = null!;

    [Inject]
    private BaseModelCatalog Catalog { get; set; } = null!;

    protected override async Task OnInitializedAsync()
    {
        await base.OnInitializedAsync();
        adding = Add == "1";
        Follow(Database.BaseModels);
        await LoadAsync();
    }

    protected override Task LoadAsync()
    {
        models = Database.BaseModels.List(newestFirst: false);
        adapters = Database.Adapters.List().GroupBy(a => a.BaseModelId, StringComparer.Ordinal).ToDictionary(g => g.Key, g => g.Count(), StringComparer.Ordinal);
        return Task.CompletedTask;
    }

    private static Tone ToneOf(BaseModelState state) => state switch
    {
        BaseModelState.Ready => Tone.Good,
        BaseModelState.Inspecting => Tone.Running,
        BaseModelState.Missing => Tone.Attention,
        _ => Tone.Bad,
    };

    private void OnAdding(bool open)
    {
        adding = open;
        if (!open)
        {
            problems = [];
        }
    }

    private async Task AddAsync()
    {
        busy = true;
        problems = [];
        StateHasChanged();
        try
        {
            var added = await Catalog.AddAsync(path!.Trim(), name, Viewer.Name, leaving.Token);
            problems = added.Problems;
            if (added.Succeeded)
            {
                (adding, path, name) = (false, null, null);
                Notices.Add(L["add.done", added.Value.Name], MudBlazor.Severity.Success);
                await LoadAsync();
            }
        }
        catch (OperationCanceledException)
        {
            // The page was left.
        }
        finally
        {
            busy = false;
        }
    }

    private async Task RemoveAsync(BaseModel model)
    {
        if (!await confirm.AskAsync(L["remove.title", model.Name], L["remove.text"], L["remove"]))
        {
            return;
        }

        var removed = Catalog.Remove(model.Id, Viewer.Name);
        Notices.Add(removed.Succeeded ? L["remove.done", model.Name] : removed.Summary, removed.Succeeded ? MudBlazor.Severity.Success : MudBlazor.Severity.Error);
        await LoadAsync();
    }

    protected override void Dispose(bool disposing)
    {
        leaving.Cancel();
        leaving.Dispose();
        base.Dispose(disposing);
    }
}
