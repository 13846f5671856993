using System.Globalization;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Localization;
using Studio.Web.Resources;

namespace Studio.Web.Layout;

/// <summary>The frame of pages before signing in: no navigation, no circuit.</summary>
public sealed partial class PlainLayout
{
    [Inject]
    private IStringLocalizer<Text> L { get; set; } = null!;

    private static bool Chinese => CultureInfo.CurrentUICulture.TwoLetterISOLanguageName == "zh";
}
