using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Localization;
using MudBlazor;
using Studio.Data.Evaluation;
using Studio.Data.Store;
using Studio.Data.Validation;
using Studio.Web.Components;
using Studio.Web.Layout;
using Studio.Web.Release;
using Studio.Web.Resources;

namespace Studio.Web.Pages.Gate;

/// <summary>The rules of the policy in force: read by all, tried and changed as a next version by owners.</summary>
public sealed partial class PolicyEditor
{
    private readonly List<RuleDraft> rules = [];
    private ReleasePolicy? policy;
    private RuleDraft? editing;
    private string? note;
    private IReadOnlyList<Problem> problems = [];
    private IReadOnlyList<PolicyTrial>? trials;
    private int? taken;

    [Parameter, EditorRequired]
    public Viewer Viewer { get; set; } = null!;

    /// <summary>An earlier version whose rules are put into the editor.</summary>
    [Parameter]
    public int? Take { get; set; }

    [Inject]
    private IStringLocalizer<GateText> L { get; set; } = null!;

    [Inject]
    private IStringLocalizer<SuiteText> Names { get; set; } = null!;

    [Inject]
    private IStringLocalizer<RecipeText> Goals { get; set; } = null!;

    [Inject]
    private StudioDatabase Database { get; set; } = null!;

    [Inject]
    private PolicyBook Book { get; set; } = null!;

    [Inject]
    private ISnackbar Notices { get; set; } = null!;

    private static IEnumerable<string> GoalNames => Train.Goals.All.Select(g => g.Name);

    private IReadOnlyList<PolicyRule> Written => [.. rules.Select(r => r.ToRule())];

    private bool Changed => policy is not null && !Written.SequenceEqual(policy.Rules);

    private int Moved => trials?.Count(t => t.Before.Passed != t.After.Passed) ?? 0;

    protected override void OnInitialized() => Follow(Database.Policies);

    protected override async Task OnParametersSetAsync()
    {
        await LoadAsync();
        if (Take is { } version && taken != version && policy!.History.FirstOrDefault(h => h.Version == version) is { } earlier)
        {
            taken = version;
            Fill(earlier.Rules);
        }
    }

    protected override Task LoadAsync()
    {
        // What somebody is writing is not thrown away when another one saves; saving then says so.
        var now = Book.Current;
        if (policy is null || (policy.Version != now.Version && !Changed))
        {
            policy = now;
            Fill(now.Rules);
        }

        return Task.CompletedTask;
    }

    private void Fill(IReadOnlyList<PolicyRule> from)
    {
        rules.Clear();
        rules.AddRange(from.Select(RuleDraft.Of));
        editing = null;
    }

    private void Add()
    {
        editing = RuleDraft.New();
        rules.Add(editing);
    }

    private void Remove(RuleDraft rule)
    {
        rules.Remove(rule);
        editing = editing == rule ? null : editing;
    }

    private void Discard()
    {
        policy = Book.Current;
        Fill(policy.Rules);
        (note, problems, trials) = (null, [], null);
    }

    private void Try()
    {
        var tried = Book.Try(Written);
        problems = tried.Problems;
        trials = tried.Succeeded ? tried.Value : null;
    }

    private void Save()
    {
        var saved = Book.Save(policy!.Id, Written, note, policy.Version, Viewer.Name);
        problems = saved.Problems;
        if (saved.Succeeded)
        {
            policy = saved.Value;
            Fill(policy.Rules);
            (note, trials) = (null, null);
            Notices.Add(L["save.done", policy.Version], MudBlazor.Severity.Success);
        }
    }

    private RenderFragment Chip(PolicyTrial trial, Verdict verdict) => builder =>
    {
        builder.OpenComponent<StateChip>(0);
        builder.AddComponentParameter(1, nameof(StateChip.Word), verdict.Passed ? trial.Evaluated ? L["verdict.passed"].Value : L["verdict.open"].Value : L["verdict.failed"].Value);
        builder.AddComponentParameter(2, nameof(StateChip.Tone), verdict.Passed ? trial.Evaluated ? Tone.Good : Tone.Neutral : Tone.Bad);
        builder.CloseComponent();
    };
}
