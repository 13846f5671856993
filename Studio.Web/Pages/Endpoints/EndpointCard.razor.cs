using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Localization;
using Studio.Data.Registry;
using Studio.Data.Store;
using Studio.Web.Components;
using Studio.Web.Resources;
using Studio.Web.Serving;

namespace Studio.Web.Pages.Endpoints;

/// <summary>One alias: what it serves, the steps of its proof, its traffic, and the way back.</summary>
public sealed partial class EndpointCard
{
    private Adapter? adapter;
    private Adapter? previous;
    private string model = "";
    private TrafficStatistics traffic = new("", 0, 0, 0, null, null, 0, 0);

    [Parameter, EditorRequired]
    public Deployment Deployment { get; set; } = null!;

    [Parameter]
    public bool CanChange { get; set; }

    [Parameter, EditorRequired]
    public string Address { get; set; } = "";

    [Parameter]
    public EventCallback OnRollback { get; set; }

    [Parameter]
    public EventCallback OnUndeploy { get; set; }

    [Inject]
    private IStringLocalizer<EndpointsText> L { get; set; } = null!;

    [Inject]
    private StudioDatabase Database { get; set; } = null!;

    [Inject]
    private EndpointTraffic Traffic { get; set; } = null!;

    private bool Moving => Deployment.State is DeploymentState.Starting or DeploymentState.Proving;

    /// <summary>Loaded, all modules applied, answers differ: what is done, what is at work, what failed.</summary>
    private IEnumerable<Step> Steps
    {
        get
        {
            var proof = Deployment.Proof;
            var failed = Deployment.State == DeploymentState.Failed;
            var loaded = Deployment.State is DeploymentState.Proving or DeploymentState.Ready || proof is not null;
            var applied = proof is { ModulesExpected: > 0 } && proof.ModulesApplied == proof.ModulesExpected;
            yield return Make(loaded, failed && !loaded, Deployment.State == DeploymentState.Starting, L["proof.loaded"], adapter is null ? "" : Format.Bytes(adapter.SizeBytes));
            yield return Make(applied, failed && loaded && !applied, Deployment.State == DeploymentState.Proving && !applied, L["proof.applied"], proof is null ? "" : L["proof.applied.text", proof.ModulesApplied, proof.ModulesExpected]);
            yield return Make(proof is { Holds: true }, failed && applied && proof is { Holds: false }, Deployment.State == DeploymentState.Proving && applied, L["proof.differs"], proof is null ? "" : L["proof.differs.text", Format.Number(proof.MaxLogitDifference)]);
        }
    }

    protected override void OnParametersSet()
    {
        adapter = Database.Adapters.Get(Deployment.AdapterId);
        previous = Deployment.PreviousAdapterIds is [.., var last] ? Database.Adapters.Get(last) : null;
        model = Database.BaseModels.Get(Deployment.BaseModelId)?.Name ?? Deployment.BaseModelId;
        traffic = Traffic.Of(Deployment.Alias);
    }

    private static Step Make(bool done, bool failed, bool now, string title, string detail) =>
        failed ? new Step("failed", Glyphs.Cross, title, detail)
        : done ? new Step("done", Glyphs.Check, title, detail)
        : now ? new Step("now", Glyphs.Dot, title, detail)
        : new Step("later", Glyphs.Clock, title, detail);

    private sealed record Step(string State, string Icon, string Title, string Detail);
}
