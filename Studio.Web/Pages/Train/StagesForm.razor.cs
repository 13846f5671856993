using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Localization;
using Studio.Data.Datasets;
using Studio.Data.Preparation;
using Studio.Data.Recipes;
using Studio.Data.Store;
using Studio.Data.Validation;
using Studio.Web.Jobs;
using Studio.Web.Resources;

namespace Studio.Web.Pages.Train;

/// <summary>Trainings that follow the first one, each from the adapter of the one before: added, ordered and set like any recipe.</summary>
public sealed partial class StagesForm
{
    private readonly HashSet<int> invalid = [];

    // One key a stage, so that a form stays with its stage when the order changes.
    private readonly List<int> keys = [];
    private readonly Dictionary<(string Preparation, ExampleKind Kind), bool> makes = [];
    private int lastKey;
    private int open;
    private string adding = "";

    [Parameter, EditorRequired]
    public TrainDraft Draft { get; set; } = null!;

    [Parameter, EditorRequired]
    public DataSize Size { get; set; } = null!;

    /// <summary>Recipes that come with Studio, whose settings a new stage begins with where they fit.</summary>
    [Parameter]
    public IReadOnlyList<Recipe> Shipped { get; set; } = [];

    [Parameter]
    public EventCallback<Recipe> OnChange { get; set; }

    [Parameter]
    public EventCallback<bool> ValidChanged { get; set; }

    [Inject]
    private IStringLocalizer<TrainText> L { get; set; } = null!;

    [Inject]
    private IStringLocalizer<RecipeText> S { get; set; } = null!;

    [Inject]
    private StudioDatabase Database { get; set; } = null!;

    [Inject]
    private PreparedReviews Reviews { get; set; } = null!;

    private IReadOnlyList<Recipe> Stages => Draft.Recipe!.Stages;

    private IReadOnlyList<MethodDescription> Methods { get; set; } = [];

    protected override void OnParametersSet()
    {
        var versions = Draft.Data.Select(d => Database.DatasetVersions.Get(d.DatasetVersionId)).OfType<DatasetVersion>().ToList();
        Methods = Scores(Draft.Recipe!.Method) ? [] : [.. TrainingMethods.All.Where(m => !Scores(m.Name) && versions.TrueForAll(v => CanUse(v, m)))];
        adding = Methods.Any(m => m.Name == adding) ? adding : (Methods.FirstOrDefault(m => m.Name == Preferred) ?? Methods.FirstOrDefault())?.Name ?? "";
        while (keys.Count < Stages.Count)
        {
            keys.Add(++lastKey);
        }

        keys.RemoveRange(Stages.Count, keys.Count - Stages.Count);
    }

    // Reading all rows of a preparation for every redraw would be slow.
    private bool CanUse(DatasetVersion version, MethodDescription method)
    {
        if (JobStages.Fits(version, method))
        {
            return true;
        }

        if (!JobStages.Serves(version, method) || version.Origin?.PreparationId is not { } preparation || PreparedKinds.For(method) is not { } kind)
        {
            return false;
        }

        if (!makes.TryGetValue((preparation, kind), out var can))
        {
            makes[(preparation, kind)] = can = Reviews.CanMake(preparation, kind);
        }

        return can;
    }

    /// <summary>What people mostly put behind the last stage.</summary>
    private string Preferred => (Stages.Count > 0 ? Stages[^1] : Draft.Recipe!).Method is "sft" or "pretrain" && Draft.Prepares ? "dpo" : "grpo";

    private IReadOnlyList<MethodDescription> WithChosen(Recipe stage) =>
        Methods.Any(m => m.Name == stage.Method) || TrainingMethods.Find(stage.Method) is not { } chosen ? Methods : [.. Methods, chosen];

    private static bool Scores(string method) => method is "reward" or "prm";

    private string Title(string method) => S.Or($"method.{method}", method.ToUpperInvariant());

    private Recipe OfferedFor(string method) => Goals.Stage(Draft.Recipe!.Goal, method, SizeFor(method), Shipped);

    // Rows of a preparation become the kind of example that the method needs.
    private DataSize SizeFor(string method) =>
        Draft.Prepares && TrainingMethods.Find(method) is { } known && PreparedKinds.For(known) is { } kind ? Size with { Kinds = [kind] } : Size;

    private List<Problem> Faults(int at) =>
        [.. Stages[at].Alone().Validate(), .. JobStages.Order(Draft.Recipe!).Where(p => p.Field == JobStages.Place(at)), .. JobStages.Check(Draft.Recipe! with { Stages = [Stages[at]] }, Draft.Data, Database).Where(p => p.Rule == JobStages.WrongData)];

    // The page takes a change over a moment later: until then there may be a key more or less than stages.
    private int Key(int at) => at < keys.Count ? keys[at] : -at - 1;

    private Task AddAsync()
    {
        keys.Add(open = ++lastKey);
        return SetAsync([.. Stages, OfferedFor(adding)]);
    }

    private Task SetAsync(int at, Recipe stage) => SetAsync([.. Stages.Select((s, i) => i == at ? stage : s)]);

    private Task MoveAsync(int from, int to)
    {
        var stages = Stages.ToList();
        (stages[from], stages[to]) = (stages[to], stages[from]);
        (keys[from], keys[to]) = (keys[to], keys[from]);
        return SetAsync(stages);
    }

    private async Task RemoveAsync(int at)
    {
        await Valid(Key(at), ok: true);
        keys.RemoveAt(at);
        await SetAsync([.. Stages.Where((_, i) => i != at)]);
    }

    private Task SetAsync(IReadOnlyList<Recipe> stages) => OnChange.InvokeAsync(Draft.Recipe! with { Stages = stages });

    private async Task Valid(int key, bool ok)
    {
        if (ok ? invalid.Remove(key) : invalid.Add(key))
        {
            await ValidChanged.InvokeAsync(invalid.Count == 0);
        }
    }
}
