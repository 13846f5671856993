using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Routing;
using Microsoft.AspNetCore.Components.Web;

namespace Studio.Web;

/// <summary>The document around every page. Theme and width of the navigation come from cookies, so that the first paint is right.</summary>
public partial class App
{
    [CascadingParameter]
    private HttpContext Context { get; set; } = null!;

    /// <summary>Pages that set cookies (sign-in) are plain forms; all others are interactive.</summary>
    private IComponentRenderMode? Mode => Context.AcceptsInteractiveRouting() ? RenderMode.InteractiveServer : null;

    private string Choice(string cookie, params string[] known) =>
        Context.Request.Cookies[cookie] is { } value && known.Contains(value, StringComparer.Ordinal) ? value : known[0];
}
