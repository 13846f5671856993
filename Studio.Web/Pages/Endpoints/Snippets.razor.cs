using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Localization;
using Studio.Web.Resources;

namespace Studio.Web.Pages.Endpoints;

/// <summary>Code that calls an endpoint, filled with its real address; the key is a placeholder.</summary>
public sealed partial class Snippets
{
    private string language = CallExamples.All.Keys.First();

    [Parameter, EditorRequired]
    public string Address { get; set; } = "";

    [Parameter, EditorRequired]
    public string Model { get; set; } = "";

    [Inject]
    private IStringLocalizer<EndpointsText> L { get; set; } = null!;
}
