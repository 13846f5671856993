using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.Extensions.Localization;
using Studio.Data.Registry;
using Studio.Data.Store;
using Studio.Web.Layout;
using Studio.Web.Registry;
using Studio.Web.Release;
using Studio.Web.Resources;
using Studio.Web.Serving;

namespace Studio.Web.Pages.Adapters;

/// <summary>One click to an endpoint: choose its name, then watch the proof step by step.</summary>
public sealed partial class DeployDialog
{
    private Deployment? deployment;
    private GateStanding? standing;
    private string alias = "";
    private string? fault;
    private bool wasOpen;

    [Parameter]
    public bool Open { get; set; }

    [Parameter]
    public EventCallback<bool> OpenChanged { get; set; }

    [Parameter, EditorRequired]
    public Adapter Adapter { get; set; } = null!;

    [CascadingParameter]
    private Task<AuthenticationState>? Authentication { get; set; }

    [Inject]
    private IStringLocalizer<AdaptersText> L { get; set; } = null!;

    [Inject]
    private IStringLocalizer<Text> Common { get; set; } = null!;

    [Inject]
    private StudioDatabase Database { get; set; } = null!;

    [Inject]
    private EndpointRouter Router { get; set; } = null!;

    [Inject]
    private ReleaseGate Gate { get; set; } = null!;

    private string Model => Database.BaseModels.Get(Adapter.BaseModelId)?.Name ?? "";

    /// <summary>What the alias answers with now.</summary>
    private string? Replaced => Database.Deployments.List(d => d.Alias == alias.Trim() && d.State == DeploymentState.Ready, limit: 1) is [var current] && Database.Adapters.Get(current.AdapterId) is { } adapter
        ? FormattableString.Invariant($"{adapter.Name} v{adapter.Version}")
        : null;

    protected override void OnInitialized() => Follow(Database.Deployments, id => id == deployment?.Id);

    protected override void OnParametersSet()
    {
        if (Open && !wasOpen)
        {
            (deployment, fault, standing) = (null, null, Gate.Of(Adapter));

            // An adapter of the same name that is served already is followed by its next version.
            var served = Database.Deployments.List(d => d.State == DeploymentState.Ready && Database.Adapters.Get(d.AdapterId)?.Name == Adapter.Name, limit: 1);
            alias = served is [var current] ? current.Alias : ModelNames.Word(Adapter.Name);
        }

        wasOpen = Open;
    }

    protected override Task LoadAsync()
    {
        if (deployment is { } shown)
        {
            deployment = Database.Deployments.Get(shown.Id) ?? shown;
        }

        return Task.CompletedTask;
    }

    private async Task DeployAsync()
    {
        var viewer = await Viewer.OfAsync(Authentication);
        var started = Router.Deploy(Adapter.Id, deployment?.Alias ?? alias, viewer.Name);
        if (started.Succeeded)
        {
            (deployment, fault) = (started.Value, null);
        }
        else
        {
            standing = Gate.Of(Adapter);
            fault = started.Problems[0].Rule == Refusals.Gate ? null : L.Or($"deploy.fault.{started.Problems[0].Rule}", started.Summary);
        }
    }
}
