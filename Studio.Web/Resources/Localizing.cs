using System.Globalization;
using Microsoft.Extensions.Localization;

namespace Studio.Web.Resources;

public static class Localizing
{
    /// <summary>The form of <paramref name="key"/> for a number: <c>key.one</c> or <c>key.other</c>, with the number as {0} and the rest after it.</summary>
    public static string Plural(this IStringLocalizer texts, string key, long number, params object[] rest)
    {
        var one = number == 1 && CultureInfo.CurrentUICulture.TwoLetterISOLanguageName != "zh";
        return texts[key + (one ? ".one" : ".other"), [Components.Format.Count(number), .. rest]];
    }

    /// <summary>The text of <paramref name="key"/>, or <paramref name="fallback"/> when the resources do not know it.</summary>
    public static string Or(this IStringLocalizer texts, string key, string fallback)
    {
        var found = texts[key];
        return found.ResourceNotFound ? fallback : found.Value;
    }
}
