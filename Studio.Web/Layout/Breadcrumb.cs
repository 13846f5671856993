namespace Studio.Web.Layout;

/// <summary>Where the shown page stands; a page's header sets it, the top bar shows it.</summary>
public sealed class Breadcrumb
{
    public event Action? Changed;

    public IReadOnlyList<Crumb> Crumbs { get; private set; } = [];

    public void Set(IReadOnlyList<Crumb> crumbs)
    {
        if (!Crumbs.SequenceEqual(crumbs))
        {
            Crumbs = crumbs;
            Changed?.Invoke();
        }
    }
}

/// <summary>A step of the path; the last one has no address.</summary>
public sealed record Crumb(string Text, string? Href = null);
