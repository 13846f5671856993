using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.Extensions.Localization;
using Studio.Web.Layout;
using Studio.Web.Resources;

namespace Studio.Web.Pages.Home;

/// <summary>The sample: one button goes from its data through a training to a deployed adapter.</summary>
public sealed partial class SampleCard
{
    private bool busy;
    private string? problem;

    [CascadingParameter]
    private Task<AuthenticationState>? Authentication { get; set; }

    [Inject]
    private IStringLocalizer<HomeText> L { get; set; } = null!;

    [Inject]
    private SampleFlow Sample { get; set; } = null!;

    [Inject]
    private NavigationManager Navigation { get; set; } = null!;

    private async Task RunSampleAsync()
    {
        busy = true;
        problem = null;
        StateHasChanged();
        var started = await Sample.StartAsync(await Viewer.OfAsync(Authentication), CancellationToken.None);
        busy = false;
        if (started.Succeeded)
        {
            Navigation.NavigateTo($"/runs/{started.Value.Id}");
        }
        else
        {
            problem = L["sample.failed", started.Summary];
        }
    }
}
