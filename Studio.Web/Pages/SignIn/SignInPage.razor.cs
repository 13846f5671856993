using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Localization;
using Studio.Web.Access;
using Studio.Web.Resources;

namespace Studio.Web.Pages.SignIn;

/// <summary>Name and password; a plain form, because it sets a cookie.</summary>
public sealed partial class SignInPage
{
    private bool noOwner;
    private string? fault;

    [SupplyParameterFromForm]
    private Credentials? Form { get; set; }

    [SupplyParameterFromQuery(Name = "returnUrl")]
    public string? ReturnUrl { get; set; }

    [CascadingParameter]
    private HttpContext Context { get; set; } = null!;

    [Inject]
    private IStringLocalizer<SignInText> L { get; set; } = null!;

    [Inject]
    private Accounts Accounts { get; set; } = null!;

    [Inject]
    private NavigationManager Navigation { get; set; } = null!;

    protected override void OnInitialized()
    {
        Form ??= new Credentials();
        noOwner = !Accounts.HasOwner;
        if (HttpMethods.IsGet(Context.Request.Method) && Context.User.Identity?.IsAuthenticated == true)
        {
            Navigation.NavigateTo(Target);
        }
    }

    /// <summary>Only addresses of this site.</summary>
    private string Target => ReturnUrl is ['/', ..] and not ['/', '/' or '\\', ..] ? ReturnUrl : "/";

    private async Task SignInAsync()
    {
        var signedIn = Accounts.SignIn(Form!.Name ?? "", Form.Password ?? "");
        if (!signedIn.Succeeded)
        {
            fault = signedIn.Problems[0].Rule == "locked" ? L["signin.locked"] : L["signin.wrong"];
            return;
        }

        await Context.SignInAsync(AccessNames.Cookie, Accounts.Principal(signedIn.Value, AccessNames.Cookie));
        Navigation.NavigateTo(Target);
    }

    public sealed class Credentials
    {
        public string? Name { get; set; }

        public string? Password { get; set; }

        public string? Token { get; set; }
    }
}
