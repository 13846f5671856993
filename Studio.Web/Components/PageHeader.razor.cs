using Microsoft.AspNetCore.Components;
using Studio.Web.Layout;

namespace Studio.Web.Components;

/// <summary>The first row of a page: title, state, key facts, at most one primary and two secondary actions. Also sets the window's title and the breadcrumb.</summary>
public sealed partial class PageHeader
{
    [Parameter, EditorRequired]
    public string Title { get; set; } = "";

    /// <summary>Steps before this page; null makes the title the only one.</summary>
    [Parameter]
    public IReadOnlyList<Crumb>? Parents { get; set; }

    /// <summary>Name of the page in the breadcrumb; null takes the title.</summary>
    [Parameter]
    public string? Crumb { get; set; }

    [Parameter]
    public RenderFragment? Chip { get; set; }

    [Parameter]
    public RenderFragment? Facts { get; set; }

    [Parameter]
    public RenderFragment? Actions { get; set; }

    [Inject]
    private Breadcrumb Path { get; set; } = null!;

    protected override void OnParametersSet() => Path.Set([.. Parents ?? [], new Crumb(Crumb ?? Title)]);
}
