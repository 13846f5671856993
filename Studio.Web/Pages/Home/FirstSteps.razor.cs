using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Localization;
using Studio.Web.Resources;

namespace Studio.Web.Pages.Home;

/// <summary>The first visit: three steps in order.</summary>
public sealed partial class FirstSteps
{
    private static readonly (string Key, string Href)[] Steps = [("data", "/data"), ("train", "/train"), ("try", "/playground")];

    [Inject]
    private IStringLocalizer<HomeText> L { get; set; } = null!;
}
