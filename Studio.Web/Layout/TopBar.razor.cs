using System.Globalization;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Localization;
using Studio.Web.Resources;

namespace Studio.Web.Layout;

public sealed partial class TopBar
{
    private readonly CultureInfo uiCulture = CultureInfo.CurrentUICulture;

    [Parameter]
    public EventCallback OnSearch { get; set; }

    [Inject]
    private IStringLocalizer<Text> L { get; set; } = null!;

    [Inject]
    private Breadcrumb Path { get; set; } = null!;

    [Inject]
    private NavigationManager Navigation { get; set; } = null!;

    private bool Chinese => uiCulture.TwoLetterISOLanguageName == "zh";

    private string OtherLanguage => Chinese ? "en" : "zh-Hans";

    protected override void OnInitialized() => Path.Changed += Redraw;

    private void Redraw() => _ = InvokeAsync(StateHasChanged);

    private void SignOut() => Navigation.NavigateTo("/sign-out", forceLoad: true);

    private static string Initials(string? name)
    {
        var parts = (name ?? "").Split([' ', '.', '-', '_', '@'], StringSplitOptions.RemoveEmptyEntries);
        return parts.Length switch
        {
            0 => "?",
            1 => parts[0][..Math.Min(2, parts[0].Length)].ToUpperInvariant(),
            _ => string.Concat(parts[0][..1], parts[1][..1]).ToUpperInvariant(),
        };
    }

    public void Dispose() => Path.Changed -= Redraw;
}
