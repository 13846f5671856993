using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Localization;
using Studio.Web.Access;
using Studio.Web.Resources;

namespace Studio.Web.Pages.SignIn;

/// <summary>Ends the session; a form, so that no link of another site can do it.</summary>
public sealed partial class SignOutPage
{
    [CascadingParameter]
    private HttpContext Context { get; set; } = null!;

    [Inject]
    private IStringLocalizer<SignInText> L { get; set; } = null!;

    [Inject]
    private NavigationManager Navigation { get; set; } = null!;

    private async Task SignOutAsync()
    {
        await Context.SignOutAsync(AccessNames.Cookie);
        Navigation.NavigateTo("/sign-in");
    }
}
