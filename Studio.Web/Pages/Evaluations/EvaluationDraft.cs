using Studio.Data.Evaluation;
using Studio.Web.Jobs;

namespace Studio.Web.Pages.Evaluations;

/// <summary>What is chosen in the form of a new evaluation.</summary>
public sealed class EvaluationDraft
{
    public string Name { get; set; } = "";

    /// <summary>Models to evaluate, one evaluation each.</summary>
    public List<EvaluatedTarget> Targets { get; } = [];

    /// <summary>Suites in the order of the list; absent ones are not run.</summary>
    public Dictionary<string, SuiteUse> Suites { get; } = new(StringComparer.Ordinal);

    public bool CompareWithBase { get; set; } = true;

    public int Seed { get; set; } = 42;

    public IEnumerable<EvaluationRequest> Requests(string? ownerId) => Targets.Select(target => new EvaluationRequest
    {
        Name = Targets.Count == 1 ? Name.Trim() : "",
        Target = target,
        Suites = Uses,
        CompareWithBase = CompareWithBase,
        Seed = Seed,
        OwnerId = ownerId,
    });

    public IReadOnlyList<SuiteUse> Uses => [.. EvaluationSuites.All.Where(s => Suites.ContainsKey(s.Name)).Select(s => Suites[s.Name])];

    public void Choose(IEnumerable<SuiteUse> uses)
    {
        Suites.Clear();
        foreach (var use in uses)
        {
            Suites[use.Suite] = use;
        }
    }

    public void Toggle(EvaluatedTarget target)
    {
        if (!Targets.Remove(target))
        {
            Targets.Add(target);
        }
    }
}
