using Studio.Data.Validation;

namespace Studio.Data.Evaluation;

/// <summary>Whether rules can be judged at all: known metrics, limits within their range, no rule twice.</summary>
public static class PolicyChecks
{
    public const int MostRules = 100;

    public static IReadOnlyList<Problem> Of(IReadOnlyList<PolicyRule> rules)
    {
        List<Problem> problems = [];
        if (rules.Count > MostRules)
        {
            problems.Add(Wrong("rules", $"A policy has at most {MostRules} rules.", "Remove some."));
        }

        foreach (var (index, rule) in rules.Index())
        {
            // JSON can bring a null.
            if (rule is null)
            {
                problems.Add(Wrong(FormattableString.Invariant($"rules[{index}]"), "The rule is null.", "Remove it."));
                continue;
            }

            var path = FormattableString.Invariant($"rules[{index}]");
            if (Fault(rule) is { } fault)
            {
                problems.Add(Wrong($"{path}.{fault.Field}", fault.Message, fault.Remedy));
            }
            else if (rules.Take(index).Contains(rule))
            {
                problems.Add(Wrong(path, $"{rule.Suite}.{rule.Metric} has this rule twice.", "Remove one of them."));
            }
        }

        return problems;
    }

    private static (string Field, string Message, string Remedy)? Fault(PolicyRule rule)
    {
        if (EvaluationSuites.Find(rule.Suite) is not { } suite)
        {
            return ("suite", $"There is no suite \"{rule.Suite}\".", $"Use one of: {string.Join(", ", EvaluationSuites.All.Select(s => s.Name))}.");
        }

        if (suite.Metrics.FirstOrDefault(m => m.Name == rule.Metric) is not { } metric)
        {
            return ("metric", $"{suite.Title} does not measure \"{rule.Metric}\".", $"Use one of: {string.Join(", ", suite.Metrics.Select(m => m.Name))}.");
        }

        if (rule.Limit is null && rule.AgainstBase is null)
        {
            return ("limit", "The rule demands nothing.", "Give a limit, a change against the base, or both.");
        }

        if (rule.Limit is { } limit && (!double.IsFinite(limit) || (metric.Unit == "share" && limit is < 0 or > 1)))
        {
            return ("limit", "The limit is out of range.", "Shares lie between 0 and 1.");
        }

        if (rule.AgainstBase is { } change && (!double.IsFinite(change) || (metric.Unit == "share" && Math.Abs(change) > 1)))
        {
            return ("against_base", "The change against the base is out of range.", "Shares change by -1 to 1.");
        }

        return rule.MinimumCount < 1 ? ("minimum_count", "A rule needs at least one item.", "Use 1 or more.")
            : !(rule.NoiseFloor >= 0) || double.IsInfinity(rule.NoiseFloor) ? ("noise_floor", "The noise floor is out of range.", "Use 0 or more.")
            : null;
    }

    private static Problem Wrong(string field, string message, string remedy) => new("invalid_value", Severity.Fatal, message, remedy) { Field = field };
}
