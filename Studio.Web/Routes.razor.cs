using System.Security.Claims;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.Extensions.Localization;
using Studio.Web.Resources;

namespace Studio.Web;

public partial class Routes
{
    private ClaimsPrincipal? user;

    [Inject]
    private IStringLocalizer<Text> L { get; set; } = null!;

    [CascadingParameter]
    private Task<AuthenticationState>? Authentication { get; set; }

    protected override async Task OnParametersSetAsync()
    {
        if (Authentication is not null)
        {
            user = (await Authentication).User;
        }
    }
}
