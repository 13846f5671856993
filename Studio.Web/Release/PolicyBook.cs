using Studio.Data.Evaluation;
using Studio.Data.Registry;
using Studio.Data.Store;
using Studio.Web.Access;

namespace Studio.Web.Release;

/// <summary>An adapter under two sets of rules.</summary>
/// <param name="Before">By the policy that is in force.</param>
/// <param name="After">By the rules that are tried.</param>
public sealed record PolicyTrial(string AdapterId, string Name, int Version, string Goal, bool Evaluated, Verdict Before, Verdict After);

/// <summary>The release policies: seeded, read, changed as new versions, tried on past adapters before they are saved.</summary>
public sealed class PolicyBook(StudioDatabase database, AuditLog audit, TimeProvider time)
{
    private const int MostTrials = 200;

    private readonly Lock gate = new();

    /// <summary>The policy in force.</summary>
    public ReleasePolicy Current
    {
        get
        {
            lock (gate)
            {
                return database.Policies.Get(DefaultPolicy.Id) ?? database.Policies.Insert(DefaultPolicy.Create(time.GetUtcNow()));
            }
        }
    }

    public IReadOnlyList<ReleasePolicy> List()
    {
        _ = Current;
        return database.Policies.List();
    }

    public ReleasePolicy? Get(string policyId) => List().FirstOrDefault(p => p.Id == policyId);

    /// <summary>Puts other rules in force as the next version.</summary>
    /// <param name="basedOn">Version the writer started from; when it is no longer the newest, nothing is saved.</param>
    public Outcome<ReleasePolicy> Save(string policyId, IReadOnlyList<PolicyRule> rules, string? note, int? basedOn, string actor)
    {
        if (PolicyChecks.Of(rules) is { Count: > 0 } problems)
        {
            return Outcome<ReleasePolicy>.Refuse(problems);
        }

        lock (gate)
        {
            if (Get(policyId) is not { } policy)
            {
                return Refusals.Missing("policy", policyId, "id");
            }

            if (basedOn is { } version && version != policy.Version)
            {
                return Refusals.Conflicting($"The policy was changed meanwhile: it has version {policy.Version} now.", "Read it again and repeat the change.");
            }

            var saved = database.Policies.Update(policyId, p => p.Change(rules, actor, note, time.GetUtcNow()))!;
            audit.Write(actor, "policy.saved", saved.Id, FormattableString.Invariant($"version {saved.Version}, {rules.Count} rules{(saved.Note is null ? "" : $": {saved.Note}")}"));
            return saved;
        }
    }

    /// <summary>What other rules would say of the adapters there are, newest first.</summary>
    public Outcome<IReadOnlyList<PolicyTrial>> Try(IReadOnlyList<PolicyRule> rules, string? policyId = null)
    {
        if (PolicyChecks.Of(rules) is { Count: > 0 } problems)
        {
            return Outcome<IReadOnlyList<PolicyTrial>>.Refuse(problems);
        }

        if ((policyId is null ? Current : Get(policyId)) is not { } policy)
        {
            return Refusals.Missing("policy", policyId!, "id");
        }

        var tried = policy with { Rules = rules, Version = policy.Version + 1 };
        return Outcome<IReadOnlyList<PolicyTrial>>.Of([.. database.Adapters.List(limit: MostTrials).Select(adapter =>
        {
            var evidence = EvidenceOf(adapter);
            var goal = GoalOf(adapter);
            return new PolicyTrial(adapter.Id, adapter.Name, adapter.Version, goal ?? "", evidence.Result is not null, evidence.Judge(policy, goal), evidence.Judge(tried, goal));
        })]);
    }

    /// <summary>What was measured on an adapter, or on the checkpoint it was made from: the weights count, not the name.</summary>
    public GateEvidence EvidenceOf(Adapter adapter) =>
        GateEvidence.Of(adapter.Sha256, database.Evaluations.List(e => e.AdapterId == adapter.Id || (e.AdapterId is null && e.Result?.AdapterSha256 == adapter.Sha256)));

    /// <summary>What the adapter was trained for; unknown goals are judged by the rules for all.</summary>
    public string? GoalOf(Adapter adapter) => database.Jobs.Get(adapter.JobId)?.Recipe.Goal ?? "";
}
