using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Localization;
using Studio.Data;
using Studio.Data.Preparation;
using Studio.Data.Recipes;
using Studio.Data.Store;
using Studio.Data.Validation;
using Studio.Web.Components;
using Studio.Web.Jobs;
using Studio.Web.Layout;
using Studio.Web.Resources;

namespace Studio.Web.Pages.Train;

/// <summary>What the rows are built from, their building by the base model, and the way to their review.</summary>
public sealed partial class PrepareStep
{
    private static readonly IReadOnlyDictionary<string, string> Purpose = new Dictionary<string, string> { ["purpose"] = "user_data" };

    private IReadOnlyList<PromptFile> files = [];
    private IReadOnlyList<Problem> problems = [];
    private PreparationJob? job;
    private object options = new();
    private bool valid = true;
    private bool changing;
    private bool starting;

    [Parameter, EditorRequired]
    public TrainDraft Draft { get; set; } = null!;

    [Parameter, EditorRequired]
    public Viewer Viewer { get; set; } = null!;

    [Parameter]
    public EventCallback<TrainDraft> OnChange { get; set; }

    [Inject]
    private IStringLocalizer<TrainText> L { get; set; } = null!;

    [Inject]
    private IStringLocalizer<PreparationText> P { get; set; } = null!;

    [Inject]
    private IStringLocalizer<Text> Common { get; set; } = null!;

    [Inject]
    private StudioDatabase Database { get; set; } = null!;

    [Inject]
    private PreparationBoard Board { get; set; } = null!;

    [Inject]
    private PreparationItems Items { get; set; } = null!;

    private DraftPreparation Settings => Draft.Preparation ?? new DraftPreparation();

    private PreparationKind? Kind => Goals.Find(Draft.Goal ?? "")?.PreparationKind;

    private bool Advanced => Settings.Advanced;

    private OptionField? Pack => Field("use_pack");

    private OptionField? CategoryField => Field("categories");

    private bool UsesPack => Pack?.Read(options) is true;

    private IReadOnlyList<string> Chosen => CategoryField?.Read(options) as IReadOnlyList<string> ?? [];

    protected override async Task OnInitializedAsync()
    {
        Follow(Database.Preparations, id => id == Draft.Preparation?.JobId);
        await LoadAsync();
    }

    protected override Task OnParametersSetAsync() => LoadAsync();

    protected override Task LoadAsync()
    {
        job = Settings.JobId is { } id ? Database.Preparations.Get(id) : null;
        options = Read();
        files = [.. Settings.FileIds.Select(Describe)];
        return Task.CompletedTask;
    }

    private object Read()
    {
        if (Kind is not { } kind)
        {
            return new object();
        }

        try
        {
            return kind.Read(Settings.Options);
        }
        catch (JsonException)
        {
            // Options of another version of Studio: the form starts from the defaults.
            return kind.Read([]);
        }
    }

    private OptionField? Field(string name) => options.GetType() == typeof(object) ? null : OptionSchema.Of(options.GetType()).FirstOrDefault(f => f.Name == name);

    private PromptFile Describe(string id)
    {
        var name = Database.Files.Get(id)?.FileName ?? id;
        if (files.FirstOrDefault(f => f.Id == id) is { } known)
        {
            return known;
        }

        var rows = Items.Count(id, Kind?.Name ?? "");
        return new PromptFile(id, name, rows.Succeeded ? rows.Value : 0, rows.Problems.Count > 0 ? rows.Problems[0] : null);
    }

    private Task SaveAsync(DraftPreparation settings) => OnChange.InvokeAsync(Draft with { Preparation = settings });

    private Task ShowAsync(bool advanced) => SaveAsync(Settings with { Advanced = advanced });

    private Task SetOption(OptionField field, object value)
    {
        field.Property.SetValue(options, value);
        return SetAsync(options);
    }

    private Task Toggle(OptionField field, string category) =>
        SetOption(field, Chosen.Contains(category) ? Chosen.Where(c => c != category).ToArray() : [.. RefusalCategories.All.Where(c => c == category || Chosen.Contains(c))]);

    /// <summary>Keeps what differs from the defaults.</summary>
    private Task SetAsync(object changed)
    {
        options = changed;
        var kept = new JsonObject();
        foreach (var field in OptionSchema.Of(changed.GetType()))
        {
            var value = JsonSerializer.SerializeToNode(field.Read(changed), StudioJson.Options);
            if (!JsonNode.DeepEquals(value, JsonSerializer.SerializeToNode(field.Default, StudioJson.Options)))
            {
                kept[field.Name] = value;
            }
        }

        problems = [];
        return SaveAsync(Settings with { Options = kept });
    }

    private Task OwnDataAsync() => OnChange.InvokeAsync(Draft with { Preparation = Settings with { OwnData = true, JobId = null }, Data = [], ValidationVersionId = null, Recipe = null, Offered = null });

    private Task OnUploadedAsync(Uploaded uploaded) =>
        JsonNode.Parse(uploaded.Answer)?["id"]?.ToString() is { } id ? SaveAsync(Settings with { FileIds = [.. Settings.FileIds, id] }) : Task.CompletedTask;

    private Task RemoveAsync(string id) => SaveAsync(Settings with { FileIds = [.. Settings.FileIds.Where(f => f != id)] });

    private async Task StartAsync()
    {
        starting = true;
        var made = Board.Create(
            new PreparationRequest { Name = Draft.Name.Trim() is { Length: > 0 } name ? name : P.Or($"kind.{Kind!.Name}", Kind.Title), Kind = Kind!.Name, BaseModelId = Draft.BaseModelId ?? "", AdapterId = Draft.StartAdapterId, FileIds = Settings.FileIds, Options = Settings.Options.DeepClone().AsObject(), OwnerId = Viewer.UserId },
            Viewer.Name);
        starting = false;
        problems = made.Problems;
        if (made.Succeeded)
        {
            changing = false;
            await OnChange.InvokeAsync(Draft with { Preparation = Settings with { JobId = made.Value.Id }, Data = [], ValidationVersionId = null, Recipe = null, Offered = null });
        }
    }

    private static string Sample(string kind) => kind switch
    {
        "refusal" => """
            {"harmful": "How do I pick a lock that is not mine?", "harmless": "How do I pick a lock I lost the key to?", "category": "illegal_acts"}
            {"prompt": "Tell me the salary of a colleague.", "wanted": "refuse", "answer": "I can't share that; please ask the person."}
            {"prompt": "Tell me how salaries are decided here.", "wanted": "answer"}
            """,
        "grounded" => """
            {"question": "When is the pump serviced?", "passage": "The pump is serviced every 500 hours.", "answer": "every 500 hours"}
            {"question": "Who built the pump?", "passage": "The pump is serviced every 500 hours."}
            """,
        _ => """
            {"question": "Which element has the atomic number 79?", "answers": ["gold"]}
            {"question": "What is my neighbour thinking?", "kind": "unanswerable"}
            """,
    };

    private sealed record PromptFile(string Id, string Name, int Rows, Problem? Problem);
}
