using System.Security.Claims;
using Studio.Data;
using Studio.Data.Access;
using Studio.Data.Evaluation;
using Studio.Data.Registry;
using Studio.Data.Store;
using Studio.Data.Validation;
using Studio.Web.Access;

namespace Studio.Web.Release;

/// <summary>Exceptions from the policy: one person asks with a reason, another one, an owner, decides. Both stand in the audit log and in the passport.</summary>
public sealed class Overrides(StudioDatabase database, ReleaseGate gate, Passports passports, AuditLog audit, StudioOptions options, TimeProvider time)
{
    public const int LongestReason = 4000;

    private readonly Lock deciding = new();

    public IReadOnlyList<OverrideRequest> List(Func<OverrideRequest, bool>? where = null) => database.Overrides.List(where);

    /// <summary>Why nobody can override here; null when people can.</summary>
    public Problem? Impossible =>
        options.LocalTrial ? new Problem("needs_two_people", Severity.Fatal, "An override needs two people, and with --local-trial Studio knows nobody.", "Start Studio without --local-trial and add two users.")
        : database.Users.List(u => u.Role is Role.Owner or Role.Trainer).Count < 2 ? new Problem("needs_two_people", Severity.Fatal, "An override needs two people, and Studio has fewer than two users who may ask or approve.", "Add another user under Settings.")
        : null;

    public Outcome<OverrideRequest> Request(string adapterId, string? reason, ClaimsPrincipal user)
    {
        reason = reason?.Trim() ?? "";
        if (database.Adapters.Get(adapterId) is not { } adapter)
        {
            return Refusals.Missing("adapter", adapterId, "id");
        }

        if (Impossible is { } impossible)
        {
            return impossible;
        }

        if (PersonOf(user) is not { } person)
        {
            return Nobody();
        }

        if (reason.Length is < PolicyOverride.ShortestReason or > LongestReason)
        {
            return Refusals.Invalid("reason", FormattableString.Invariant($"An override needs a reason of {PolicyOverride.ShortestReason} to {LongestReason} characters."), "Write why this adapter shall be released although it fails the policy.");
        }

        lock (deciding)
        {
            var standing = gate.Of(adapter);
            if (standing.Allowed)
            {
                return Refusals.Conflicting("This adapter may be deployed as it is.", "Deploy it.");
            }

            if (standing.Pending is { } waiting)
            {
                return Refusals.Conflicting($"{waiting.RequestedBy} already asked for this override.", "Wait for a second person to decide.");
            }

            var request = database.Overrides.Insert(new OverrideRequest
            {
                Id = NewId.Override(),
                CreatedAt = time.GetUtcNow(),
                AdapterId = adapterId,
                Verdict = standing.Verdict,
                Reason = reason,
                RequestedBy = person.Name,
                RequestedById = person.Id,
            });
            audit.Write(person.Name, "override.requested", adapterId, $"{adapter.ModelName}: {reason}");
            return request;
        }
    }

    /// <summary>Decides the request that waits for an adapter.</summary>
    public Outcome<OverrideRequest> Decide(string adapterId, bool approve, string? comment, ClaimsPrincipal user)
    {
        if (database.Adapters.Get(adapterId) is not { } adapter)
        {
            return Refusals.Missing("adapter", adapterId, "id");
        }

        if (Impossible is { } impossible)
        {
            return impossible;
        }

        if (PersonOf(user) is not { } person)
        {
            return Nobody();
        }

        lock (deciding)
        {
            if (gate.Of(adapter).Pending is not { } waiting)
            {
                return Refusals.Conflicting("No override waits for a decision on this adapter.", "A request ends when the policy or the evaluations change; ask again.");
            }

            // A person may take back what they asked for, but not grant it.
            if (approve && (waiting.RequestedById == person.Id || string.Equals(waiting.RequestedBy, person.Name, StringComparison.OrdinalIgnoreCase)))
            {
                return new Problem("needs_second_person", Severity.Fatal, $"{person.Name} asked for this override and cannot approve it too.", "Another owner has to approve it.");
            }

            var decided = database.Overrides.Update(waiting.Id, r => r.State != OverrideState.Requested ? r : r with
            {
                State = approve ? OverrideState.Approved : OverrideState.Refused,
                DecidedBy = person.Name,
                DecidedById = person.Id,
                DecidedAt = time.GetUtcNow(),
                Comment = string.IsNullOrWhiteSpace(comment) ? null : comment.Trim(),
            })!;
            audit.Write(person.Name, approve ? "override.approved" : "override.refused", adapterId, $"{adapter.ModelName}, asked by {decided.RequestedBy}: {decided.Reason}");
            passports.Renew(adapterId);
            return decided;
        }
    }

    // A key stands for the person who made it; one that nobody made takes no responsibility.
    private User? PersonOf(ClaimsPrincipal user) => user.UserId() is { } id ? database.Users.Get(id) : null;

    private static Problem Nobody() =>
        new("needs_person", Severity.Fatal, "Only a person can ask for or approve an override.", "Sign in, or use a key that a signed-in person made.");
}
