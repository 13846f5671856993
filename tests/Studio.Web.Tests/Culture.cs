using System.Globalization;

namespace Studio.Web.Tests;

/// <summary>Runs a test in a language and goes back afterwards.</summary>
public sealed class Culture : IDisposable
{
    private readonly (CultureInfo, CultureInfo) before = (CultureInfo.CurrentCulture, CultureInfo.CurrentUICulture);

    private Culture(string name) => CultureInfo.CurrentCulture = CultureInfo.CurrentUICulture = CultureInfo.GetCultureInfo(name);

    public static Culture English() => new("en");

    public static Culture Chinese() => new("zh-Hans");

    public void Dispose() => (CultureInfo.CurrentCulture, CultureInfo.CurrentUICulture) = before;
}
