using System.Globalization;

namespace Studio.Web.Layout;

/// <summary>The time zone of the person looking, told by the browser; UTC until then.</summary>
public sealed class ClientTime(TimeProvider clock)
{
    public event Action? Changed;

    public TimeZoneInfo Zone { get; private set; } = TimeZoneInfo.Utc;

    public DateTimeOffset Now => Local(clock.GetUtcNow());

    /// <summary>Takes an IANA name; an unknown one keeps what was.</summary>
    public void SetZone(string name)
    {
        if (TimeZoneInfo.TryFindSystemTimeZoneById(name, out var zone) && zone.Id != Zone.Id)
        {
            Zone = zone;
            Changed?.Invoke();
        }
    }

    public DateTimeOffset Local(DateTimeOffset moment) => TimeZoneInfo.ConvertTime(moment, Zone);

    /// <summary>14:02 today, 24 Nov 14:02 this year, else with the year.</summary>
    public string Short(DateTimeOffset moment)
    {
        var local = Local(moment);
        var culture = CultureInfo.CurrentUICulture;
        var chinese = culture.TwoLetterISOLanguageName == "zh";
        var time = local.ToString("HH:mm", CultureInfo.InvariantCulture);
        return local.Date == Now.Date ? time
            : local.Year == Now.Year ? local.ToString(chinese ? "M月d日 HH:mm" : "d MMM, HH:mm", culture)
            : local.ToString(chinese ? "yyyy年M月d日" : "d MMM yyyy", culture);
    }

    public static string Utc(DateTimeOffset moment) => moment.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture);
}
