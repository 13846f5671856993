using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Localization;
using Studio.Web.Resources;

namespace Studio.Web.Components;

/// <summary>Text to take along, with a copy button that works without the circuit.</summary>
public sealed partial class CopySnippet
{
    private static int made;

    private readonly string id = FormattableString.Invariant($"snippet-{Interlocked.Increment(ref made)}");

    [Parameter, EditorRequired]
    public string Code { get; set; } = "";

    [Parameter]
    public string? Label { get; set; }

    [Inject]
    private IStringLocalizer<Text> L { get; set; } = null!;
}
