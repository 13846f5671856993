using Studio.Data.Evaluation;
using Studio.Data.Registry;
using Studio.Data.Store;
using Studio.Data.Validation;

namespace Studio.Web.Release;

/// <summary>Where an adapter stands at the gate.</summary>
/// <param name="Override">The exception two people gave for this verdict.</param>
/// <param name="Pending">A request that waits for a second person.</param>
public sealed record GateStanding(Verdict Verdict, PolicyOverride? Override, OverrideRequest? Pending)
{
    public bool Allowed => Verdict.Allows(Override);

    /// <summary>Something was measured that a rule looks at.</summary>
    public bool Measured => Verdict.Rules.Any(r => r.Value is not null);
}

/// <summary>Says whether an adapter may be deployed: the policy in force, judged on what evaluations measured, or an override by two people.</summary>
public sealed class ReleaseGate(StudioDatabase database, PolicyBook policies)
{
    public GateStanding Of(Adapter adapter)
    {
        var verdict = policies.EvidenceOf(adapter).Judge(policies.Current, policies.GoalOf(adapter));
        var requests = database.Overrides.List(r => r.AdapterId == adapter.Id && r.Verdict.Basis == verdict.Basis);
        return new GateStanding(verdict, requests.FirstOrDefault(r => r.State == OverrideState.Approved)?.Granted, requests.FirstOrDefault(r => r.State == OverrideState.Requested));
    }

    /// <summary>Every rule that keeps the adapter from being deployed, with its numbers; empty when it may be.</summary>
    public IReadOnlyList<Problem> Refusals(Adapter adapter)
    {
        var standing = Of(adapter);
        if (standing.Allowed)
        {
            return [];
        }

        var policy = policies.Current;
        return
        [
            new Problem(Web.Refusals.Gate, Severity.Fatal, FormattableString.Invariant($"{adapter.Name} v{adapter.Version} does not meet the release policy \"{policy.Name}\" version {policy.Version}."), "Train or evaluate it again, or ask for an override with a reason that a second person approves.") { Field = "adapter_id" },
            .. standing.Verdict.Rules.Where(r => r.Blocks).Select(r => new Problem(Web.Refusals.Gate, Severity.Fatal, r.Message, Remedy(r)) { Field = NoiseFloors.KeyOf(r.Rule.Suite, r.Rule.Metric, r.Rule.Group) }),
        ];
    }

    private static string Remedy(RuleVerdict rule) => rule.Outcome switch
    {
        RuleOutcome.TooFew => FormattableString.Invariant($"Evaluate {rule.Rule.Suite} on at least {rule.Rule.MinimumCount} items."),
        RuleOutcome.NotMeasured => $"Evaluate {rule.Rule.Suite}, with the base beside it.",
        _ => "",
    };
}
