using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Localization;
using Studio.Data.Registry;
using Studio.Data.Validation;
using Studio.Web.Components;
using Studio.Web.Layout;
using Studio.Web.Resources;
using Studio.Web.Serving;

namespace Studio.Web.Pages.Endpoints;

/// <summary>Aliases and the adapter versions behind them, the keys that open them, and code that calls them.</summary>
public sealed partial class EndpointsPage
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(2);

    private IReadOnlyList<Deployment> endpoints = [];
    private IReadOnlyList<Adapter> adapters = [];
    private IReadOnlyList<Problem> problems = [];
    private Confirm confirm = null!;
    private bool deploying;
    private string? adapterId;
    private string? alias;

    /// <summary>1 opens the dialog for a new key (command palette).</summary>
    [SupplyParameterFromQuery]
    public string? Key { get; set; }

    [Inject]
    private IStringLocalizer<EndpointsText> L { get; set; } = null!;

    [Inject]
    private EndpointRouter Router { get; set; } = null!;

    /// <summary>What clients take as base_url, as this browser reaches it.</summary>
    private string Address => Navigation.BaseUri.TrimEnd('/') + "/v1";

    private string ExampleModel => endpoints.FirstOrDefault(d => d.State == DeploymentState.Ready)?.Alias
        ?? endpoints.FirstOrDefault()?.Alias
        ?? Database.BaseModels.List(m => m.State == BaseModelState.Ready, newestFirst: false, limit: 1).FirstOrDefault()?.Name
        ?? "model";

    protected override async Task OnInitializedAsync()
    {
        await base.OnInitializedAsync();
        Follow(Database.Deployments);
        Follow(Database.Adapters);
        Every(Period);
        await LoadAsync();
    }

    protected override Task LoadAsync()
    {
        endpoints = Database.Deployments.List(d => d.State != DeploymentState.Stopped);
        adapters = Database.Adapters.List(a => a.Kind == "lora");
        adapterId ??= adapters.FirstOrDefault()?.Id;
        return Task.CompletedTask;
    }

    private string Model(string id) => Database.BaseModels.Get(id)?.Name ?? id;

    private async Task Deploy()
    {
        var started = Router.Deploy(adapterId ?? "", alias ?? "", Viewer.Name);
        problems = started.Problems;
        if (started.Succeeded)
        {
            (deploying, alias) = (false, null);
            await LoadAsync();
        }
    }

    private async Task Rollback(Deployment endpoint)
    {
        var back = Router.Rollback(endpoint.Id, Viewer.Name);
        if (!back.Succeeded)
        {
            Notices.Add(back.Summary, MudBlazor.Severity.Error);
        }

        await LoadAsync();
    }

    private async Task UndeployAsync(Deployment endpoint)
    {
        if (!await confirm.AskAsync(L["undeploy.title", endpoint.Alias], L["undeploy.text"], L["undeploy"]))
        {
            return;
        }

        var stopped = await Router.UndeployAsync(endpoint.Id, Viewer.Name, CancellationToken.None);
        Notices.Add(stopped.Succeeded ? L["undeploy.done", endpoint.Alias] : stopped.Summary, stopped.Succeeded ? MudBlazor.Severity.Success : MudBlazor.Severity.Error);
        await LoadAsync();
    }
}
