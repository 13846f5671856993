using Microsoft.AspNetCore.Components;

namespace Studio.Web.Layout;

/// <summary>Sends someone who is not signed in to the sign-in page, and back afterwards.</summary>
public sealed class GoToSignIn : ComponentBase
{
    [Inject]
    private NavigationManager Navigation { get; set; } = null!;

    protected override void OnInitialized() =>
        Navigation.NavigateTo($"/sign-in?returnUrl={Uri.EscapeDataString("/" + Navigation.ToBaseRelativePath(Navigation.Uri))}", forceLoad: true);
}
