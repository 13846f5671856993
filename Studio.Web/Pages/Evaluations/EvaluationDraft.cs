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

    /// <summary>"" is the base itself, "endpoint" an endpoint, otherwise the id of a base model.</summary>
    public string JudgeKind { get; set; } = "";

    public string JudgeUrl { get; set; } = "";

    public string JudgeModel { get; set; } = "";

    public string JudgeKey { get; set; } = "";

    public bool NeedsJudge => Suites.Keys.Any(s => s.StartsWith("judge_", StringComparison.Ordinal));

    /// <param name="pathOf">Path of a base model by its id.</param>
    public JudgeUse? Judge(Func<string, string?> pathOf)
    {
        static string? Text(string value) => value.Trim() is { Length: > 0 } text ? text : null;
        return !NeedsJudge || JudgeKind.Length == 0 ? null
            : JudgeKind == "endpoint" ? new JudgeUse { BaseUrl = JudgeUrl.Trim(), Model = Text(JudgeModel), ApiKeyVariable = Text(JudgeKey) }
            : new JudgeUse { ModelPath = pathOf(JudgeKind) };
    }

    public void Take(JudgeUse? judge, string? modelId) =>
        (JudgeKind, JudgeUrl, JudgeModel, JudgeKey) = (judge?.BaseUrl is not null ? "endpoint" : modelId ?? "", judge?.BaseUrl ?? "", judge?.Model ?? "", judge?.ApiKeyVariable ?? "");

    public IEnumerable<EvaluationRequest> Requests(string? ownerId, Func<string, string?> pathOf) => Targets.Select(target => new EvaluationRequest
    {
        Name = Targets.Count == 1 ? Name.Trim() : "",
        Target = target,
        Suites = Uses,
        Judge = Judge(pathOf),
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
