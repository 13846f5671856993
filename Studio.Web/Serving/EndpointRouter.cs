using System.Text.RegularExpressions;
using Studio.Data;
using Studio.Data.Registry;
using Studio.Data.Store;
using Studio.Web.Access;
using Studio.Web.Release;

namespace Studio.Web.Serving;

/// <summary>
/// Endpoints: an alias answers with an adapter version. Deploying loads it, proves that it changes the answers, and only then moves the alias;
/// until then, and if the proof fails, the version before goes on answering. An adapter that the release policy refuses is not deployed, nor gone back to.
/// </summary>
public sealed partial class EndpointRouter(StudioDatabase database, ModelDirectory directory, LocalWorkers workers, ReleaseGate release, AuditLog audit, TimeProvider time, IHostApplicationLifetime lifetime, ILogger<EndpointRouter> logger)
{
    private readonly Lock gate = new();

    public IReadOnlyList<Deployment> List() => database.Deployments.List(d => d.State != DeploymentState.Stopped);

    public Deployment? Get(string deploymentId) => database.Deployments.Get(deploymentId);

    /// <summary>Starts a deployment and returns its record at once; watch the record for Starting, Proving, Ready or Failed.</summary>
    public Outcome<Deployment> Deploy(string adapterId, string alias, string actor)
    {
        alias = alias.Trim();
        if (!AliasPattern().IsMatch(alias))
        {
            return Refusals.Invalid("alias", "The alias is not usable as a model name.", "Use 1 to 64 letters, digits, dots, dashes and underscores, beginning with a letter or digit.");
        }

        if (database.Adapters.Get(adapterId) is not { } adapter)
        {
            return Refusals.Missing("adapter", adapterId, "adapter_id");
        }

        if (database.BaseModels.List(m => m.Name == alias, limit: 1).Count > 0 || alias.StartsWith("ft:", StringComparison.Ordinal))
        {
            return Refusals.Conflicting($"\"{alias}\" is the name of a model.", "Choose another alias.");
        }

        if (Refused(adapter, alias, actor) is { } refused)
        {
            return refused;
        }

        Deployment record;
        lock (gate)
        {
            var current = database.Deployments.List(d => d.Alias == alias && d.State != DeploymentState.Stopped, limit: 1).FirstOrDefault();
            if (current is { State: DeploymentState.Starting or DeploymentState.Proving })
            {
                return Refusals.Conflicting($"\"{alias}\" is being deployed.", "Wait until that has ended.");
            }

            record = current is null
                ? database.Deployments.Insert(new Deployment { Id = NewId.Deployment(), CreatedAt = time.GetUtcNow(), Alias = alias, AdapterId = adapterId, BaseModelId = adapter.BaseModelId, DeployedBy = actor })
                : database.Deployments.Update(current.Id, d => d with
                {
                    AdapterId = adapterId,
                    BaseModelId = adapter.BaseModelId,
                    State = DeploymentState.Starting,
                    Problem = null,
                    Proof = null,
                    DeployedBy = actor,
                    PreviousAdapterIds = d.State == DeploymentState.Ready && d.AdapterId != adapterId ? [.. d.PreviousAdapterIds, d.AdapterId] : d.PreviousAdapterIds,
                })!;
        }

        audit.Write(actor, "deployment.created", record.Id, $"{alias} -> {adapter.ModelName}");
        Start(record);
        return record;
    }

    /// <summary>The same, returning when the deployment is ready or has failed.</summary>
    public async Task<Outcome<Deployment>> DeployAsync(string adapterId, string alias, string actor, CancellationToken cancellation)
    {
        var started = Deploy(adapterId, alias, actor);
        return started.Succeeded ? await SettledAsync(started.Value.Id, cancellation) : started;
    }

    /// <summary>The alias answers no more; the adapter stays.</summary>
    public async Task<Outcome<Deployment>> UndeployAsync(string deploymentId, string actor, CancellationToken cancellation)
    {
        var stopped = database.Deployments.Update(deploymentId, d => d with { State = DeploymentState.Stopped });
        if (stopped is null)
        {
            return Refusals.Missing("deployment", deploymentId, "id");
        }

        audit.Write(actor, "deployment.stopped", stopped.Id, stopped.Alias);
        if (database.Deployments.List(d => d.AdapterId == stopped.AdapterId && d.State == DeploymentState.Ready, limit: 1).Count == 0)
        {
            await workers.UnloadAsync(stopped.AdapterId, cancellation);
        }

        return stopped;
    }

    /// <summary>Goes back to the version the alias had before, proving it again.</summary>
    public Outcome<Deployment> Rollback(string deploymentId, string actor)
    {
        if (database.Deployments.Get(deploymentId) is not { State: not DeploymentState.Stopped } current)
        {
            return Refusals.Missing("deployment", deploymentId, "id");
        }

        if (current.State is DeploymentState.Starting or DeploymentState.Proving)
        {
            return Refusals.Conflicting($"\"{current.Alias}\" is being deployed.", "Wait until that has ended.");
        }

        if (current.PreviousAdapterIds is not [.., var previous] || database.Adapters.Get(previous) is not { } adapter)
        {
            return Refusals.Conflicting($"\"{current.Alias}\" has no earlier version to go back to.", "Deploy another adapter instead.");
        }

        if (Refused(adapter, current.Alias, actor) is { } refused)
        {
            return refused;
        }

        var record = database.Deployments.Update(deploymentId, d => d with
        {
            AdapterId = adapter.Id,
            BaseModelId = adapter.BaseModelId,
            State = DeploymentState.Starting,
            Problem = null,
            Proof = null,
            DeployedBy = actor,

            // While the older version is proved it is last in the list and so answers already.
            PreviousAdapterIds = d.PreviousAdapterIds,
        })!;
        audit.Write(actor, "deployment.rolled_back", record.Id, $"{record.Alias} -> {adapter.ModelName}");
        Start(record, rollback: true);
        return record;
    }

    /// <summary>Waits until a deployment is ready, failed or stopped.</summary>
    public async Task<Outcome<Deployment>> SettledAsync(string deploymentId, CancellationToken cancellation)
    {
        var settled = new TaskCompletionSource<Deployment?>(TaskCreationOptions.RunContinuationsAsynchronously);
        void Look(string id)
        {
            if (id == deploymentId && database.Deployments.Get(id) is var now && now?.State is not (DeploymentState.Starting or DeploymentState.Proving))
            {
                settled.TrySetResult(now);
            }
        }

        database.Deployments.Changed += Look;
        try
        {
            Look(deploymentId);
            return await settled.Task.WaitAsync(cancellation) is { } deployment ? deployment : Refusals.Missing("deployment", deploymentId, "id");
        }
        finally
        {
            database.Deployments.Changed -= Look;
        }
    }

    /// <summary>After a start: deployments that were under way when the host died are proved again.</summary>
    internal async Task RecoverAsync(CancellationToken cancellation)
    {
        foreach (var record in database.Deployments.List(d => d.State is DeploymentState.Starting or DeploymentState.Proving))
        {
            await ProveAsync(record, rollback: record.PreviousAdapterIds.LastOrDefault() == record.AdapterId, cancellation);
        }
    }

    /// <summary>What the release policy has against an adapter; written to the audit log.</summary>
    private Outcome<Deployment>? Refused(Adapter adapter, string alias, string actor)
    {
        if (release.Refusals(adapter) is not { Count: > 0 } problems)
        {
            return null;
        }

        audit.Write(actor, "deployment.refused", adapter.Id, $"{alias} -> {adapter.ModelName}: {string.Join(' ', problems.Skip(1).Select(p => p.Message))}");
        return Outcome<Deployment>.Refuse(problems);
    }

    private void Start(Deployment record, bool rollback = false) => _ = Task.Run(() => ProveAsync(record, rollback, lifetime.ApplicationStopping));

    private async Task ProveAsync(Deployment record, bool rollback, CancellationToken cancellation)
    {
        try
        {
            var adapter = database.Adapters.Get(record.AdapterId);
            if (adapter is null || directory.Of(adapter) is not { } served)
            {
                Fail(record, "The adapter or its base model is no longer there.");
                return;
            }

            var worker = workers.For(served.Base);
            using var place = worker.Enter();
            await worker.PrepareAsync(served, cancellation);
            database.Deployments.Update(record.Id, d => d.State == DeploymentState.Starting ? d with { State = DeploymentState.Proving } : d);

            // A whole model has nothing to be applied to: that its worker loaded it is the proof.
            var proof = served.LoraName is { } lora ? await worker.ProveAsync(lora, cancellation) : null;
            if (proof is { Holds: false })
            {
                Fail(record, FormattableString.Invariant($"The adapter is not applied: {proof.ModulesApplied} of {proof.ModulesExpected} modules, largest difference of the logits {proof.MaxLogitDifference:G3}."), proof);
                return;
            }

            database.Deployments.Update(record.Id, d => d.State is not (DeploymentState.Starting or DeploymentState.Proving) ? d : d with
            {
                State = DeploymentState.Ready,
                Proof = proof,
                Problem = null,
                PreviousAdapterIds = rollback && d.PreviousAdapterIds.Count > 0 ? [.. d.PreviousAdapterIds.SkipLast(1)] : d.PreviousAdapterIds,
            });
            logger.LogInformation("Endpoint {Alias} answers with {ModelName}", record.Alias, adapter.ModelName);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            // The host stops; the next start proves it again.
        }
        catch (RequestException fault)
        {
            Fail(record, fault.Message);
        }
        catch (Exception fault)
        {
            logger.LogError(fault, "Endpoint {Alias} could not be deployed", record.Alias);
            Fail(record, fault is InvalidDataException or HttpRequestException or IOException ? fault.Message : "Something unexpected happened; the host's log says more.");
        }
    }

    private void Fail(Deployment record, string problem, DeploymentProof? proof = null)
    {
        logger.LogWarning("Endpoint {Alias}: {Problem}", record.Alias, problem);
        database.Deployments.Update(record.Id, d => d.State is not (DeploymentState.Starting or DeploymentState.Proving) ? d
            : d.PreviousAdapterIds is [.., var previous] && previous != d.AdapterId && database.Adapters.Get(previous) is { } adapter
                ? d with { State = DeploymentState.Ready, AdapterId = previous, BaseModelId = adapter.BaseModelId, PreviousAdapterIds = [.. d.PreviousAdapterIds.SkipLast(1)], Problem = $"The new version was not deployed, the one before still answers. {problem}", Proof = proof }
                : d with { State = DeploymentState.Failed, Problem = problem, Proof = proof });
    }

    [GeneratedRegex(@"^[\p{L}\p{N}][\p{L}\p{N}._-]{0,63}$", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex AliasPattern();
}
