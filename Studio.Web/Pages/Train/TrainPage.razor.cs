using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Localization;
using MudBlazor;
using Studio.Data.Datasets;
using Studio.Data.Jobs;
using Studio.Data.Preparation;
using Studio.Data.Recipes;
using Studio.Data.Registry;
using Studio.Data.Validation;
using Studio.Web.Components;
using Studio.Web.Jobs;
using Studio.Web.Layout;
using Studio.Web.Resources;

namespace Studio.Web.Pages.Train;

/// <summary>
/// From a goal to a queued run in six steps. The draft lives in the store and its id and step in the address: back, forward and reload lose nothing.
/// </summary>
public sealed partial class TrainPage
{
    private static readonly string[] Brought = ["goal", "data", "model", "recipe", "check", "review"];

    // Rows are built with the answers of the base model, so it is chosen first.
    private static readonly string[] Prepared = ["goal", "model", "data", "recipe", "check", "review"];

    private DraftSeeds seeds = null!;
    private TrainDraft draft = new() { Id = Drafts.NewId() };
    private IReadOnlyList<TrainDraft> others = [];
    private IReadOnlyDictionary<string, DatasetVersion> versions = new Dictionary<string, DatasetVersion>();
    private IReadOnlyList<Problem> problems = [];
    private HashSet<string> pending = new(StringComparer.Ordinal);
    private DataSize size = new([], 0, 0);
    private RunEstimate? estimate;
    private DraftCheck? check;
    private bool saved;
    private bool gone;
    private bool started;
    private bool starting;
    private bool recipeValid = true;
    private bool moving;

    [SupplyParameterFromQuery(Name = "draft")]
    public string? DraftId { get; set; }

    [SupplyParameterFromQuery]
    public string? Step { get; set; }

    /// <summary>A dataset, whose newest version is taken.</summary>
    [SupplyParameterFromQuery]
    public string? Dataset { get; set; }

    /// <summary>A dataset version.</summary>
    [SupplyParameterFromQuery(Name = "data")]
    public string? Version { get; set; }

    /// <summary>Id or name of a base model.</summary>
    [SupplyParameterFromQuery]
    public string? Model { get; set; }

    /// <summary>A run to start from.</summary>
    [SupplyParameterFromQuery]
    public string? Clone { get; set; }

    /// <summary>Code of the failure that is to be avoided this time.</summary>
    [SupplyParameterFromQuery]
    public string? Fix { get; set; }

    /// <summary>Name of a recipe that comes with Studio.</summary>
    [SupplyParameterFromQuery]
    public string? Recipe { get; set; }

    /// <summary>An adapter to train further.</summary>
    [SupplyParameterFromQuery(Name = "adapter")]
    public string? StartAdapter { get; set; }

    /// <summary>A goal to begin with.</summary>
    [SupplyParameterFromQuery]
    public string? Goal { get; set; }

    /// <summary>A preparation whose rows are trained.</summary>
    [SupplyParameterFromQuery]
    public string? Preparation { get; set; }

    [Inject]
    private IStringLocalizer<TrainText> L { get; set; } = null!;

    [Inject]
    private IStringLocalizer<RecipeText> S { get; set; } = null!;

    [Inject]
    private Drafts Store { get; set; } = null!;

    [Inject]
    private DraftChecks Checks { get; set; } = null!;

    [Inject]
    private JobBoard Board { get; set; } = null!;

    [Inject]
    private PreparedReviews Reviews { get; set; } = null!;

    [Inject]
    private StudioOptions Options { get; set; } = null!;

    private string[] Words => draft.Prepares ? Prepared : Brought;

    private PreparationJob? PreparationJob => draft.Preparation?.JobId is { } id ? Database.Preparations.Get(id) : null;

    private string Current => Words.Contains(Step, StringComparer.Ordinal) && Reachable(Array.IndexOf(Words, Step)) ? Step! : FirstOpen;

    private string FirstOpen => Step is null ? (draft.Recipe is not null || draft.Prepares && draft.Data.Count > 0 ? "data" : Words[0]) : Words.FirstOrDefault(w => !Done(w)) ?? Words[^1];

    private int At => Array.IndexOf(Words, Current);

    // A check that failed to run keeps nobody from going on; what it found in the data does.
    private bool Ready => Current switch
    {
        "recipe" => Done("recipe") && recipeValid,
        "data" when draft.Prepares => PreparationJob is { State: JobState.Succeeded },
        "check" => draft.CheckIsFresh ? Done("check") : check is { Outcome: not null },
        _ => Done(Current),
    };

    /// <summary>Why the step is not done.</summary>
    private string? Hint => Current switch
    {
        "goal" => L["hint.goal"],
        "data" when draft.Prepares => PreparationJob is { } job && !job.State.IsFinal() ? L["hint.preparing"] : L["hint.prepare"],
        "data" => pending.Count > 0 ? L["hint.importing"] : L["hint.data"],
        "model" => L["hint.model"],
        "recipe" => L["hint.recipe"],
        "check" => check is { Outcome: null } ? L["hint.checking"].Value : null,
        _ => null,
    };

    protected override async Task OnInitializedAsync()
    {
        await base.OnInitializedAsync();
        seeds = new DraftSeeds(Database, Board, Options);
        Follow(Database.DatasetVersions);
        Follow(Database.BaseModels);
        Follow(Database.Preparations, id => id == draft.Preparation?.JobId);
        Checks.Changed += OnChecked;
    }

    protected override async Task OnParametersSetAsync()
    {
        if (DraftId is { } id)
        {
            if (!started || draft.Id != id)
            {
                var stored = Store.Get(id);
                gone = stored is null;
                (draft, saved) = (stored ?? seeds.Fresh(), stored is not null);
            }
        }
        else if (!started || saved)
        {
            (draft, saved, gone) = (seeds.Make(Seed, Viewer.UserId), false, false);
        }

        started = true;
        await LoadAsync();
    }

    protected override async Task LoadAsync()
    {
        versions = Database.DatasetVersions.List().ToDictionary(v => v.Id, StringComparer.Ordinal);
        others = saved || !draft.IsEmpty ? [] : [.. Store.List().Where(d => d.Id != draft.Id).Take(3)];
        if (pending.Count > 0 && pending.Where(id => versions.TryGetValue(id, out var v) && v.State == DatasetState.Ready).ToList() is { Count: > 0 } arrived)
        {
            pending.ExceptWith(arrived);
            await ChangeAsync(draft with { Data = [.. draft.Data, .. arrived.Where(a => draft.Data.All(d => d.DatasetVersionId != a)).Select(a => new DatasetUse(a))] });
            return;
        }

        pending.RemoveWhere(id => !versions.TryGetValue(id, out var v) || v.State is DatasetState.Refused or DatasetState.Ready);
        Reckon();
    }

    private void Reckon()
    {
        var data = draft.Data.Where(d => versions.ContainsKey(d.DatasetVersionId)).Select(d => (versions[d.DatasetVersionId], d.Weight)).ToList();
        var kinds = data.Select(d => d.Item1.Kind).OfType<ExampleKind>().Distinct().ToList();
        size = new DataSize(kinds, (long)data.Sum(d => d.Item1.ValidRows * d.Weight), data.Select(d => RunEstimate.LongestTokens(d.Item1)).DefaultIfEmpty().Max());
        TakeCheck();
        if (draft.CheckIsFresh)
        {
            estimate = RunEstimate.From(draft.Check!);
        }
        else
        {
            var validation = draft.ValidationVersionId is { } own ? versions.GetValueOrDefault(own) : null;
            var model = draft.BaseModelId is { } id ? Database.BaseModels.Get(id) : null;
            var past = model is null ? [] : Database.Jobs.List(j => j.State == JobState.Succeeded && j.BaseModelId == model.Id && j.Recipe.Lora.Enabled == (draft.Recipe?.Lora.Enabled ?? true), limit: 10);
            estimate = data.Count == 0 ? null : RunEstimate.Reckon(data, validation, model, draft.Recipe ?? new Recipe(), past);
        }

        problems = Current == "review" ? Board.Problems(draft.ToRequest()) : [];
    }

    // The check runs beside the page; its report becomes part of the draft as soon as someone looks.
    private void TakeCheck()
    {
        check = Checks.Of(draft.Id);
        if (check is { Outcome.Succeeded: true } && check.Key == draft.Key && draft.CheckKey != check.Key)
        {
            draft = draft with { Check = check.Outcome.Value, CheckKey = check.Key };
            if (saved)
            {
                draft = Store.Save(draft);
            }
        }
    }

    private void OnChecked(string id)
    {
        if (id == draft.Id)
        {
            Poke();
        }
    }

    private async Task ChangeAsync(TrainDraft next)
    {
        draft = Store.Save(next with { OwnerId = Viewer.UserId });
        if (draft.Data.Any(d => !versions.ContainsKey(d.DatasetVersionId)))
        {
            versions = Database.DatasetVersions.List().ToDictionary(v => v.Id, StringComparer.Ordinal);
        }

        Reckon();
        if (!saved)
        {
            saved = true;
            gone = false;
            Navigation.NavigateTo(Address(Current), replace: true);
        }

        await InvokeAsync(StateHasChanged);
    }

    private DraftSeed Seed => new(Clone, Fix, Version, Dataset, Model, StartAdapter, Goal, Preparation, Recipe);

    private bool Done(string word) => word switch
    {
        "goal" => draft.Goal is not null || draft.Recipe is not null || draft.Data.Count > 0,
        "data" => draft.Data.Count > 0 && draft.Data.All(d => versions.TryGetValue(d.DatasetVersionId, out var v) && v.State == DatasetState.Ready),
        "model" => draft.BaseModelId is { } id && Database.BaseModels.Get(id) is { State: BaseModelState.Ready },
        "recipe" => draft.Recipe is { } recipe && recipe.Validate().Count == 0 && TrainingMethods.Find(recipe.Method) is { } method && size.Kinds.All(method.Needs.Contains),
        "check" => draft.CheckIsFresh && draft.Check!.Problems.All(p => p.Severity != Studio.Data.Validation.Severity.Fatal),
        _ => false,
    };

    private bool Reachable(int index) => Words.Take(index).Where(w => w != "check").All(Done);

    private string? Note(string word) => word switch
    {
        "goal" => (draft.Recipe?.Goal ?? draft.Goal) is { } goal ? S.Or($"goal.{goal}", goal) : null,
        "data" => draft.Data.Count switch
        {
            0 => null,
            1 => Name(draft.Data[0].DatasetVersionId),
            _ => L.Plural("note.data", draft.Data.Count),
        },
        "model" => draft.BaseModelId is { } id ? Database.BaseModels.Get(id)?.Name : null,
        "recipe" => draft.Recipe is { } recipe ? string.Join(" → ", recipe.Stages.Prepend(recipe).Select(r => r.Method.ToUpperInvariant())) : null,
        "check" => draft.CheckIsFresh ? L["note.checked"].Value : check is { Outcome: null } ? L["hint.checking"].Value : null,
        _ => null,
    };

    private string Name(string versionId) =>
        versions.TryGetValue(versionId, out var version) ? FormattableString.Invariant($"{Database.Datasets.Get(version.DatasetId)?.Name ?? version.FileName} v{version.Number}") : L["note.gone"];

    private string Address(string word) => saved
        ? $"/train?draft={draft.Id}&step={word}"
        : Navigation.GetUriWithQueryParameter("step", word);

    private void Go(string word)
    {
        if (!saved && !draft.IsEmpty)
        {
            draft = Store.Save(draft with { OwnerId = Viewer.UserId });
            saved = true;
        }

        Navigation.NavigateTo(Address(word));
    }

    private async Task NextAsync()
    {
        var next = Words[At + 1];
        if (Current == "data" && draft.Prepares && !await TakeRowsAsync())
        {
            return;
        }

        Go(next);
    }

    /// <summary>Makes the dataset of the prepared rows, or makes it again when reviewers changed something since.</summary>
    private async Task<bool> TakeRowsAsync()
    {
        if (draft.Preparation?.JobId is not { } id)
        {
            return true;
        }

        var method = draft.Recipe is { } recipe ? TrainingMethods.Find(recipe.Method) : Goals.Find(draft.Goal!)!.Choices([], prepared: true).FirstOrDefault();
        moving = true;
        StateHasChanged();
        try
        {
            var made = await Reviews.FinishAsync(id, method is null ? ExampleKind.Chat : PreparedKinds.For(method) ?? ExampleKind.Chat, Viewer.UserId, CancellationToken.None);
            if (!made.Succeeded)
            {
                Notices.Add(made.Summary, MudBlazor.Severity.Error);
                return false;
            }

            if (draft.Data is not [var only] || only.DatasetVersionId != made.Value.VersionId || draft.ValidationVersionId != made.Value.ValidationVersionId)
            {
                await ChangeAsync(draft with { Data = [new DatasetUse(made.Value.VersionId)], ValidationVersionId = made.Value.ValidationVersionId });
            }

            return true;
        }
        finally
        {
            moving = false;
        }
    }

    private async Task OnUploadedAsync(Uploaded uploaded)
    {
        if (JsonNode.Parse(uploaded.Answer)?["versions"]?[0]?["id"]?.ToString() is { } id)
        {
            pending.Add(id);
            await LoadAsync();
        }
    }

    private async Task DiscardAsync(string id)
    {
        Store.Delete(id);
        await LoadAsync();
    }

    private void StartCheck()
    {
        Checks.Start(draft);
        Reckon();
    }

    private async Task StartAsync()
    {
        starting = true;
        if (draft.Prepares && !await TakeRowsAsync())
        {
            starting = false;
            return;
        }

        var job = Board.Create(draft.ToRequest() with { OwnerId = Viewer.UserId }, Viewer.Name);
        if (!job.Succeeded)
        {
            starting = false;
            problems = job.Problems;
            Notices.Add(L["refused"], MudBlazor.Severity.Error);
            return;
        }

        Checks.Cancel(draft.Id);
        Store.Delete(draft.Id);
        Navigation.NavigateTo($"/runs/{job.Value.Id}");
    }

    protected override void Dispose(bool disposing)
    {
        Checks.Changed -= OnChecked;
        base.Dispose(disposing);
    }
}
