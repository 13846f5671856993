using Studio.Data.Evaluation;

namespace Studio.Web.Pages.Gate;

/// <summary>How a rule compares with the base.</summary>
public enum BaseDemand
{
    None,
    NotWorse,
    MayBeWorse,
    MustBeBetter,
}

/// <summary>A rule while it is edited: shares as percentages, so that nobody types 0.85.</summary>
public sealed class RuleDraft
{
    private RuleDraft(PolicyRule rule, bool fresh)
    {
        (Original, Fresh) = (rule, fresh);
        (Suite, Metric, Group, Direction, MinimumCount, Confident, Required, Goal) = (rule.Suite, rule.Metric, rule.Group, rule.Direction, rule.MinimumCount, rule.Confident, rule.Required, rule.Goal ?? "");
        Limit = rule.Limit is { } limit ? Math.Round(limit * Scale, 4) : null;
        Demand = rule.AgainstBase is not { } change ? BaseDemand.None : change == 0 ? BaseDemand.NotWorse : change < 0 ? BaseDemand.MayBeWorse : BaseDemand.MustBeBetter;
        Change = Math.Round(Math.Abs(rule.AgainstBase ?? 0) * Scale, 4);
        Noise = Math.Round(rule.NoiseFloor * Scale, 4);
    }

    public PolicyRule Original { get; }

    /// <summary>Not in the policy yet.</summary>
    public bool Fresh { get; }

    public string Suite { get; private set; }

    public string Metric { get; private set; }

    public string? Group { get; set; }

    public Direction Direction { get; set; }

    public double? Limit { get; set; }

    public BaseDemand Demand { get; set; }

    public double Change { get; set; }

    public long MinimumCount { get; set; }

    public double Noise { get; set; }

    public bool Confident { get; set; }

    public bool Required { get; set; }

    /// <summary>Empty is for all.</summary>
    public string Goal { get; set; }

    public bool IsShare => (EvaluationSuites.Find(Suite)?.Metrics.FirstOrDefault(m => m.Name == Metric)?.Unit ?? "share") == "share";

    public bool Changed => Fresh || ToRule() != Original;

    private double Scale => IsShare ? 100 : 1;

    public static RuleDraft Of(PolicyRule rule) => new(rule, fresh: false);

    /// <summary>A new rule for a metric, in the direction that is better.</summary>
    public static RuleDraft New()
    {
        var draft = new RuleDraft(new PolicyRule { Suite = "refusal_pair", Metric = "refusal_rate", Direction = Direction.AtLeast, Limit = 0.85, MinimumCount = 100, Required = false }, fresh: true);
        return draft;
    }

    /// <summary>What is measured, as <c>suite.metric</c>; the direction follows what is better.</summary>
    public string Target
    {
        get => $"{Suite}.{Metric}";
        set
        {
            var dot = value.IndexOf('.', StringComparison.Ordinal);
            if (dot <= 0)
            {
                return;
            }

            (Suite, Metric) = (value[..dot], value[(dot + 1)..]);
            if (EvaluationSuites.Find(Suite)?.Metrics.FirstOrDefault(m => m.Name == Metric)?.HigherIsBetter is { } higher)
            {
                Direction = higher ? Direction.AtLeast : Direction.AtMost;
            }
        }
    }

    public PolicyRule ToRule() => new()
    {
        Suite = Suite,
        Metric = Metric,
        Group = string.IsNullOrWhiteSpace(Group) ? null : Group.Trim(),
        Direction = Direction,
        Limit = Limit is { } limit ? Math.Round(limit / Scale, 8) : null,
        AgainstBase = Demand switch
        {
            BaseDemand.None => null,
            BaseDemand.NotWorse => 0,
            BaseDemand.MayBeWorse => -Math.Round(Math.Abs(Change) / Scale, 8),
            _ => Math.Round(Math.Abs(Change) / Scale, 8),
        },
        MinimumCount = MinimumCount,
        NoiseFloor = Math.Round(Noise / Scale, 8),
        Confident = Confident,
        Required = Required,
        Goal = Goal.Length == 0 ? null : Goal,
    };
}
