using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.Extensions.Localization;
using MudBlazor;
using Studio.Data.Access;
using Studio.Data.Store;
using Studio.Web.Components;
using Studio.Web.Layout;
using Studio.Web.Resources;

namespace Studio.Web.Pages;

/// <summary>A page with what nearly every page needs: the person looking, the store, shared words, notices, and where to go next.</summary>
public abstract class StudioPage : LiveComponent
{
    /// <summary>The person looking, known once the page is initialised; until then somebody who may only look.</summary>
    protected Viewer Viewer { get; private set; } = new("", null, Role.Viewer);

    [CascadingParameter]
    private Task<AuthenticationState>? Authentication { get; set; }

    [Inject]
    protected IStringLocalizer<Text> Common { get; set; } = null!;

    [Inject]
    protected StudioDatabase Database { get; set; } = null!;

    [Inject]
    protected NavigationManager Navigation { get; set; } = null!;

    [Inject]
    protected ISnackbar Notices { get; set; } = null!;

    protected override async Task OnInitializedAsync() => Viewer = await Viewer.OfAsync(Authentication);
}
