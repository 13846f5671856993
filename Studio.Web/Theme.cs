using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using MudBlazor;

namespace Studio.Web;

/// <summary>Every colour, size and radius of the interface: the one place that names them. Served as <c>/theme.css</c> and given to MudBlazor.</summary>
public static class Theme
{
    private static readonly string[] Sans = ["Inter", "Segoe UI", "system-ui", "PingFang SC", "Noto Sans CJK SC", "sans-serif"];

    /// <summary>Token -> (light, dark).</summary>
    private static readonly (string Name, string Light, string Dark)[] Colours =
    [
        ("page", "#F7F8FA", "#0F1318"),
        ("surface", "#FFFFFF", "#161B22"),
        ("raised", "#FFFFFF", "#1C232C"),
        ("border", "#E3E6EB", "#2A313B"),
        ("control-border", "#8B94A3", "#657082"),
        ("text", "#1B2430", "#E6EAF0"),
        ("text2", "#5B6675", "#98A3B3"),
        ("primary", "#2F5BEA", "#7C9BFF"),
        ("primary-hover", "#2449C4", "#96AFFF"),
        ("on-primary", "#FFFFFF", "#0F1318"),
        ("good", "#1E7F52", "#4CC38A"),
        ("attention", "#A65F00", "#F0B455"),
        ("bad", "#C23434", "#FF7B72"),
        ("info", "#2F6F9F", "#6CB6F5"),
        ("tint", "#2F5BEA14", "#7C9BFF1F"),
        ("good-tint", "#1E7F5214", "#4CC38A1F"),
        ("attention-tint", "#A65F0014", "#F0B4551F"),
        ("bad-tint", "#C2343412", "#FF7B721F"),
        ("hover", "#1B24300A", "#E6EAF00D"),
        ("scrim", "#0F131866", "#000000A6"),
        ("series-1", "#2F5BEA", "#7C9BFF"),
        ("series-2", "#D9730D", "#F0A35E"),
        ("series-3", "#1E7F52", "#4CC38A"),
        ("series-4", "#A33FB5", "#D58BE3"),
        ("series-5", "#00838F", "#5CC9D3"),
        ("series-6", "#8D6E00", "#D9B84A"),
    ];

    private static readonly (string Name, string Value)[] Sizes =
    [
        ("sans", string.Join(", ", Sans.Select(f => f.Contains(' ', StringComparison.Ordinal) ? $"\"{f}\"" : f))),
        ("mono", "ui-monospace, \"SF Mono\", Consolas, \"DejaVu Sans Mono\", \"Noto Sans Mono CJK SC\", monospace"),
        ("text-xs", "12px"),
        ("text-s", "14px"),
        ("text-m", "16px"),
        ("text-l", "20px"),
        ("text-xl", "28px"),
        ("radius", "8px"),
        ("radius-control", "6px"),
        ("radius-chip", "12px"),
        ("nav-width", "232px"),
        ("nav-small", "64px"),
        ("bar-height", "56px"),
        ("reading", "960px"),
        ("motion", "150ms"),
        ("shadow", "0 1px 2px #0F131814, 0 8px 24px #0F13181F"),
    ];

    /// <summary>MudBlazor's palette variables and the token each takes.</summary>
    private static readonly (string Palette, string Token)[] Palette =
    [
        ("black", "text"), ("white", "surface"), ("surface", "surface"), ("background", "page"), ("background-gray", "page"),
        ("primary", "primary"), ("primary-text", "on-primary"), ("primary-darken", "primary-hover"), ("primary-lighten", "primary-hover"), ("primary-hover", "tint"),
        ("secondary", "text2"), ("secondary-text", "surface"), ("tertiary", "series-5"), ("tertiary-text", "surface"),
        ("success", "good"), ("success-text", "surface"), ("warning", "attention"), ("warning-text", "surface"),
        ("error", "bad"), ("error-text", "surface"), ("info", "info"), ("info-text", "surface"), ("dark", "text"), ("dark-text", "surface"),
        ("text-primary", "text"), ("text-secondary", "text2"), ("text-disabled", "text2"),
        ("action-default", "text2"), ("action-default-hover", "hover"), ("action-disabled", "text2"), ("action-disabled-background", "border"),
        ("drawer-background", "surface"), ("drawer-text", "text2"), ("drawer-icon", "text2"), ("appbar-background", "surface"), ("appbar-text", "text2"),
        ("lines-default", "border"), ("lines-inputs", "control-border"), ("divider", "border"), ("divider-light", "border"), ("skeleton", "border"),
        ("table-lines", "border"), ("table-striped", "hover"), ("table-hover", "hover"),
        ("gray-default", "text2"), ("gray-light", "border"), ("gray-lighter", "hover"), ("gray-dark", "text2"), ("gray-darker", "text"),
        ("overlay-dark", "scrim"), ("overlay-light", "scrim"),
    ];

    public static MudTheme Mud { get; } = new()
    {
        PaletteLight = new PaletteLight(),
        PaletteDark = new PaletteDark(),
        LayoutProperties = new LayoutProperties { DefaultBorderRadius = "6px", AppbarHeight = "56px", DrawerWidthLeft = "232px", DrawerMiniWidthLeft = "64px" },
        Typography = new Typography
        {
            Default = Type<DefaultTypography>("14px", "400"),
            H1 = Type<H1Typography>("20px", "600"),
            H2 = Type<H2Typography>("16px", "600"),
            H3 = Type<H3Typography>("14px", "600"),
            H4 = Type<H4Typography>("14px", "600"),
            H5 = Type<H5Typography>("14px", "600"),
            H6 = Type<H6Typography>("14px", "600"),
            Subtitle1 = Type<Subtitle1Typography>("14px", "600"),
            Subtitle2 = Type<Subtitle2Typography>("14px", "600"),
            Body1 = Type<Body1Typography>("14px", "400"),
            Body2 = Type<Body2Typography>("14px", "400"),
            Button = Type<ButtonTypography>("14px", "600"),
            Caption = Type<CaptionTypography>("12px", "400"),
            Overline = Type<OverlineTypography>("12px", "400"),
        },
    };

    /// <summary>The style sheet: tokens for light, dark and the system's choice, and MudBlazor's variables in terms of them.</summary>
    public static string Css { get; } = Write();

    /// <summary>Changes whenever the sheet does; part of its address so that browsers may keep it for ever.</summary>
    public static string Hash { get; } = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Css)))[..12];

    private static T Type<T>(string size, string weight)
        where T : BaseTypography, new() =>
        new() { FontFamily = Sans, FontSize = size, FontWeight = weight, LineHeight = "1.5", LetterSpacing = "normal", TextTransform = "none" };

    private static string Write()
    {
        var css = new StringBuilder();
        css.Append(":root{");
        foreach (var (name, value) in Sizes)
        {
            css.Append(CultureInfo.InvariantCulture, $"--{name}:{value};");
        }

        css.Append("}\n:root{").Append(Scheme(dark: false)).Append("}\n:root[data-theme=dark]{").Append(Scheme(dark: true))
            .Append("}\n@media (prefers-color-scheme:dark){:root[data-theme=system]{").Append(Scheme(dark: true)).Append("}}\n");

        // One element more than MudThemeProvider's own :root, so that this sheet wins wherever it stands.
        css.Append("html:root{");
        foreach (var (palette, token) in Palette)
        {
            css.Append(CultureInfo.InvariantCulture, $"--mud-palette-{palette}:var(--{token});");
        }

        return css.Append("}\n").ToString();
    }

    private static string Scheme(bool dark)
    {
        var css = new StringBuilder(dark ? "color-scheme:dark;" : "color-scheme:light;");
        foreach (var (name, light, night) in Colours)
        {
            css.Append(CultureInfo.InvariantCulture, $"--{name}:{(dark ? night : light)};");
        }

        foreach (var (palette, token) in Palette.Where(p => p.Palette is "primary" or "secondary" or "success" or "warning" or "error" or "info"))
        {
            var (_, light, night) = Colours.First(c => c.Name == token);
            var hex = dark ? night : light;
            css.Append(CultureInfo.InvariantCulture, $"--mud-palette-{palette}-rgb:{Part(hex, 1)},{Part(hex, 3)},{Part(hex, 5)};");
        }

        return css.ToString();
    }

    private static int Part(string hex, int start) => int.Parse(hex.AsSpan(start, 2), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
}
