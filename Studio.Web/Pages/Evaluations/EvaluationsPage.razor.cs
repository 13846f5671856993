using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Localization;
using Studio.Data.Evaluation;
using Studio.Data.Jobs;
using Studio.Web.Resources;

namespace Studio.Web.Pages.Evaluations;

/// <summary>All evaluations with their main numbers; two or more can be compared.</summary>
public sealed partial class EvaluationsPage
{
    private const int Most = 200;
    private const int MostNumbers = 4;

    private static readonly string[] States = ["all", "active", "succeeded", "failed"];

    private readonly List<string> picked = [];
    private IReadOnlyList<EvaluationJob> rows = [];
    private MeasureWords words = null!;
    private int all;

    [SupplyParameterFromQuery(Name = "q")]
    public string? Find { get; set; }

    [SupplyParameterFromQuery]
    public string? State { get; set; }

    [Inject]
    private IStringLocalizer<EvaluationsText> L { get; set; } = null!;

    private string Shown => States.Contains(State, StringComparer.Ordinal) ? State! : "all";

    protected override async Task OnInitializedAsync()
    {
        words = new MeasureWords(L);
        await base.OnInitializedAsync();
        Follow(Database.Evaluations);
    }

    protected override Task OnParametersSetAsync() => LoadAsync();

    protected override Task LoadAsync()
    {
        var evaluations = Database.Evaluations.List();
        all = evaluations.Count;
        picked.RemoveAll(id => evaluations.All(e => e.Id != id));
        rows = [.. evaluations.Where(Matches).Take(Most)];
        return Task.CompletedTask;
    }

    private bool Matches(EvaluationJob evaluation) =>
        (string.IsNullOrWhiteSpace(Find) || $"{evaluation.Name} {evaluation.ModelName}".Contains(Find.Trim(), StringComparison.CurrentCultureIgnoreCase))
        && Shown switch
        {
            "active" => !evaluation.State.IsFinal(),
            "succeeded" => evaluation.State == JobState.Succeeded,
            "failed" => evaluation.State is JobState.Failed or JobState.Cancelled,
            _ => true,
        };

    private string Kind(EvaluationJob evaluation) => evaluation.AfterTraining ? L["kind.after"] : evaluation.AdapterId is not null ? L["kind.adapter"] : evaluation.CheckpointStep is not null ? L["kind.checkpoint"] : L["kind.base"];

    private string Model(EvaluationJob evaluation)
    {
        var name = Database.BaseModels.Get(evaluation.BaseModelId)?.Name ?? evaluation.BaseModelId;
        return evaluation.ModelName == evaluation.Name || evaluation.ModelName == name ? name : $"{evaluation.ModelName} · {name}";
    }

    private double? Seconds(EvaluationJob evaluation) => evaluation.StartedAt is { } start ? ((evaluation.FinishedAt ?? Clock.GetUtcNow()) - start).TotalSeconds : null;

    private void Pick(string id, bool on)
    {
        picked.Remove(id);
        if (on)
        {
            picked.Add(id);
        }
    }

    private void Go(string? find = null, string? state = null)
    {
        var chosen = state ?? Shown;
        Navigation.NavigateTo(
            Navigation.GetUriWithQueryParameters(new Dictionary<string, object?>
            {
                ["q"] = string.IsNullOrEmpty(find ?? Find) ? null : find ?? Find,
                ["state"] = chosen == "all" ? null : chosen,
            }),
            replace: true);
    }
}
