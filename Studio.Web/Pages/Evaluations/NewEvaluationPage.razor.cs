using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Localization;
using Studio.Data.Datasets;
using Studio.Data.Evaluation;
using Studio.Data.Registry;
using Studio.Data.Validation;
using Studio.Web.Components;
using Studio.Web.Jobs;
using Studio.Web.Layout;
using Studio.Web.Registry;
using Studio.Web.Resources;

namespace Studio.Web.Pages.Evaluations;

/// <summary>Choose models and suites, see what it takes, start. The suites of the model's goal are chosen already.</summary>
public sealed partial class NewEvaluationPage
{
    private const int MostModels = 24;

    private readonly EvaluationDraft draft = new();
    private readonly Dictionary<string, string> faults = new(StringComparer.Ordinal);
    private readonly List<(string Id, string Name)> uploaded = [];
    private IReadOnlyList<Choice> all = [];
    private IReadOnlyList<Problem> problems = [];
    private IReadOnlyList<DatasetVersion> versions = [];
    private EvaluationEstimate? estimate;
    private MeasureWords words = null!;
    private string? find;
    private string? asking;
    private bool advanced;
    private bool touched;
    private int hidden;

    [SupplyParameterFromQuery]
    public string? Adapter { get; set; }

    [SupplyParameterFromQuery]
    public string? Base { get; set; }

    /// <summary>A training whose checkpoints are chosen, all of them.</summary>
    [SupplyParameterFromQuery]
    public string? Job { get; set; }

    [SupplyParameterFromQuery]
    public string? Clone { get; set; }

    /// <summary>Suites to begin with, by name.</summary>
    [SupplyParameterFromQuery]
    public string? Suites { get; set; }

    [Inject]
    private IStringLocalizer<EvaluationsText> L { get; set; } = null!;

    [Inject]
    private EvaluationBoard Board { get; set; } = null!;

    [Inject]
    private EvaluationTargets Targets { get; set; } = null!;

    [Inject]
    private EvaluationEstimates Estimates { get; set; } = null!;

    [Inject]
    private SuiteItemSources Sources { get; set; } = null!;

    private IReadOnlyList<Crumb> Parents => [new(L["title"], "/evaluations")];

    private bool CanStart => Viewer.CanTrain && draft.Targets.Count > 0 && draft.Suites.Count > 0 && draft.Suites.Values.All(HasItems);

    private static IEnumerable<EvaluationSuite> Offered => EvaluationSuites.All;

    private IReadOnlyList<Choice> Models
    {
        get
        {
            List<Choice> found = [.. all.Where(c => draft.Targets.Contains(c.Target) || string.IsNullOrWhiteSpace(find) || $"{c.Name} {c.Kind}".Contains(find.Trim(), StringComparison.CurrentCultureIgnoreCase))
                .OrderByDescending(c => draft.Targets.Contains(c.Target))];
            hidden = Math.Max(0, found.Count - MostModels);
            return [.. found.Take(MostModels)];
        }
    }

    protected override async Task OnInitializedAsync()
    {
        words = new MeasureWords(L);
        await base.OnInitializedAsync();
        Follow(Database.Adapters);
        await LoadAsync();
        Begin();
    }

    protected override Task LoadAsync()
    {
        versions = [.. Database.DatasetVersions.List(v => v.State == DatasetState.Ready && v.ValidRows > 0, limit: 100)];
        all =
        [
            .. Database.BaseModels.List(m => m.State == BaseModelState.Ready, newestFirst: false).Select(m => new Choice(new EvaluatedTarget { BaseModelId = m.Id }, m.Name, L["kind.base"], m.Id)),
            .. Database.Adapters.List(a => a.Kind != AdapterLibrary.Reward).Select(a => new Choice(new EvaluatedTarget { AdapterId = a.Id }, string.Create(CultureInfo.InvariantCulture, $"{a.Name} v{a.Version}"), L["kind.adapter"], a.BaseModelId)),
            .. Checkpoints(),
        ];
        return Task.CompletedTask;
    }

    private IEnumerable<Choice> Checkpoints() =>
        from job in Database.Jobs.List(j => j.StartedAt is not null, limit: 50)
        from step in Targets.Checkpoints(job.Id)
        select new Choice(new EvaluatedTarget { TrainingJobId = job.Id, CheckpointStep = step }, job.Name, L["kind.step", Format.Count(step)], job.BaseModelId);

    // What the address asks for; otherwise the newest adapter, with the suites of its goal.
    private void Begin()
    {
        if (Clone is { Length: > 0 } clone && Board.Clone(clone, null) is { Succeeded: true, Value: var known })
        {
            draft.Targets.Add(known.Target);
            draft.Choose(known.Suites);
            draft.Take(known.Judge, known.Judge?.ModelPath is { } path ? Database.BaseModels.List(m => m.Path == path, limit: 1).FirstOrDefault()?.Id : null);
            (draft.Name, draft.CompareWithBase, draft.Seed, touched) = (known.Name, known.CompareWithBase, known.Seed, true);
            Estimate();
            return;
        }

        draft.Targets.AddRange(all.Where(c => Job is { Length: > 0 } job ? c.Target.TrainingJobId == job : Adapter is { Length: > 0 } adapter ? c.Target.AdapterId == adapter : Base is { Length: > 0 } id && c.Target.BaseModelId == id).Select(c => c.Target));
        if (draft.Targets.Count == 0 && (all.FirstOrDefault(c => c.Target.AdapterId is not null) ?? (all.Count > 0 ? all[0] : null)) is { } first)
        {
            draft.Targets.Add(first.Target);
        }

        if (Suites is { Length: > 0 } names)
        {
            draft.Choose(names.Split(',').Where(n => EvaluationSuites.Find(n) is not null).Select(n => new SuiteUse(n)));
            touched = true;
        }

        Suggest();
    }

    private void Suggest()
    {
        if (!touched)
        {
            var target = draft.Targets.Count > 0 ? draft.Targets[0] : null;
            var job = target?.TrainingJobId ?? (target?.AdapterId is { } adapter ? Database.Adapters.Get(adapter)?.JobId : null);
            draft.Choose(job is not null && Database.Jobs.Get(job) is { } training ? GoalSuites.For(training, Sources) : GoalSuites.For(""));
        }

        Estimate();
    }

    private void Toggle(Choice choice)
    {
        draft.Toggle(choice.Target);
        Suggest();
    }

    private void Toggle(EvaluationSuite suite, bool on)
    {
        touched = true;
        if (on)
        {
            draft.Suites[suite.Name] = new SuiteUse(suite.Name);
        }
        else
        {
            draft.Suites.Remove(suite.Name);
            faults.Remove(suite.Name);
        }

        Estimate();
    }

    private void Set(SuiteUse use)
    {
        touched = true;
        draft.Suites[use.Suite] = use;
        Check(use);
        Estimate();
    }

    private void Check(SuiteUse use)
    {
        faults.Remove(use.Suite);
        if (use.Items is { } source && Sources.Check(EvaluationSuites.Find(use.Suite)!, source) is [var problem, ..])
        {
            faults[use.Suite] = $"{problem.Message} {problem.Remedy}";
        }
    }

    private void Uploaded(EvaluationSuite suite, Uploaded file)
    {
        if (JsonNode.Parse(file.Answer)?["id"]?.GetValue<string>() is { } id)
        {
            uploaded.Add((id, file.FileName));
            asking = null;
            Set(draft.Suites.GetValueOrDefault(suite.Name, new SuiteUse(suite.Name)) with { Items = id });
        }
    }

    private IEnumerable<(string Id, string Name)> SourcesFor(EvaluationSuite suite)
    {
        foreach (var (id, name) in uploaded.Concat(Database.Files.List(f => f.Purpose == "evals", limit: 50).Where(f => uploaded.TrueForAll(u => u.Id != f.Id)).Select(f => (f.Id, f.FileName))))
        {
            yield return (id, name);
        }

        if (!SuiteItemSources.FromExamples.Contains(suite.Name))
        {
            yield break;
        }

        if (draft.Suites.GetValueOrDefault(suite.Name)?.Items is { } chosen && Database.Jobs.Get(chosen) is { } training)
        {
            yield return (training.Id, L["items.heldback", training.Name]);
        }

        foreach (var version in versions)
        {
            yield return (version.Id, Sources.NameOf(version.Id));
        }
    }

    private bool HasItems(SuiteUse use) => !faults.ContainsKey(use.Suite) && (use.Items is not null || EvaluationSuites.Find(use.Suite)?.HasItems == true);

    private static bool HasShots(string suite) => suite is "multiple_choice" or "question_answering" or "math_answer" or "exam";

    private static int? Whole(object? value) => int.TryParse(value?.ToString(), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    private void Estimate()
    {
        estimate = null;
        if (draft.Targets.Count == 0 || draft.Suites.Count == 0)
        {
            return;
        }

        var parts = draft.Targets.Select(t => Estimates.Of(all.FirstOrDefault(c => c.Target == t)?.BaseModelId, draft.Uses, draft.CompareWithBase && t.BaseModelId is null)).ToList();
        estimate = new EvaluationEstimate(parts.Sum(p => p.Items), parts.Sum(p => p.Seconds), parts.TrueForAll(p => p.Calibrated));
    }

    private void Start()
    {
        List<EvaluationJob> made = [];
        foreach (var request in draft.Requests(Viewer.UserId, id => Database.BaseModels.Get(id)?.Path))
        {
            var outcome = Board.Create(request, Viewer.Name);
            if (!outcome.Succeeded)
            {
                problems = outcome.Problems;
                return;
            }

            made.Add(outcome.Value);
        }

        Navigation.NavigateTo(made is [var only] ? $"/evaluations/{only.Id}" : "/evaluations");
    }

    private sealed record Choice(EvaluatedTarget Target, string Name, string Kind, string BaseModelId);
}
