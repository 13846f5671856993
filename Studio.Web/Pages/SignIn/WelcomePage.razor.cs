using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Localization;
using Studio.Web.Access;
using Studio.Web.Resources;

namespace Studio.Web.Pages.SignIn;

/// <summary>Behind the one-time link of the console: makes the first owner.</summary>
public sealed partial class WelcomePage
{
    private bool valid;
    private string? fault;

    [SupplyParameterFromForm]
    private SignInPage.Credentials? Form { get; set; }

    [SupplyParameterFromQuery(Name = "token")]
    public string? Token { get; set; }

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
        Form ??= new SignInPage.Credentials();
        valid = Accounts.IsSetupToken(Token ?? Form.Token);
    }

    private async Task CreateAsync()
    {
        var created = Accounts.CreateOwner(Form!.Token, Form.Name ?? "", Form.Password ?? "");
        if (!created.Succeeded)
        {
            fault = created.Problems[0].Field switch
            {
                "name" => L["welcome.name"],
                "password" => L["welcome.password", Accounts.ShortestPassword],
                _ => created.Summary,
            };
            return;
        }

        await Context.SignInAsync(AccessNames.Cookie, Accounts.Principal(created.Value, AccessNames.Cookie));
        Navigation.NavigateTo("/");
    }
}
