using System.Globalization;
using Microsoft.AspNetCore.Components;
using Studio.Web.Layout;

namespace Studio.Web.Components;

/// <summary>A moment in the reader's time zone; UTC on hover.</summary>
public sealed partial class When
{
    private readonly CultureInfo uiCulture = CultureInfo.CurrentUICulture;

    [Parameter, EditorRequired]
    public DateTimeOffset? At { get; set; }

    [Parameter]
    public string? Class { get; set; }

    [Inject]
    private ClientTime Time { get; set; } = null!;

    protected override void OnInitialized() => Time.Changed += Redraw;

    private void Redraw() => _ = InvokeAsync(() =>
    {
        CultureInfo.CurrentUICulture = uiCulture;
        StateHasChanged();
    });

    public void Dispose() => Time.Changed -= Redraw;
}
