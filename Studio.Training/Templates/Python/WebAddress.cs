namespace Studio.Training.Templates.Python;

/// <summary>Decides which words are web addresses: a scheme or <c>www.</c> before a host, or a host with one of the classic endings.</summary>
internal static class WebAddress
{
    private static readonly string[] classicEndings = ["com", "net", "int", "edu", "gov", "org", "info", "mil"];

    public static bool IsMatch(string word)
    {
        var rest = word.AsSpan();
        var scheme = rest.StartsWith("http://", StringComparison.OrdinalIgnoreCase) ? 7 : rest.StartsWith("https://", StringComparison.OrdinalIgnoreCase) ? 8 : 0;
        var known = scheme > 0 || rest.StartsWith("www.", StringComparison.OrdinalIgnoreCase);
        rest = rest[(scheme > 0 ? scheme : known ? 4 : 0)..];

        var end = rest.IndexOfAny("/?#");
        var host = end < 0 ? rest : rest[..end];
        if (end >= 0 && rest[end..].ContainsAny(Whitespace.Characters))
        {
            return false;
        }

        if (scheme > 0 && host.StartsWith("["))
        {
            var close = host.IndexOf(']');
            return close > 0 && IsPort(host[(close + 1)..]) && host[1..close].Count(':') >= 2 && !host[1..close].ContainsAnyExcept("0123456789abcdefABCDEF:");
        }

        var colon = host.IndexOf(':');
        if (colon >= 0)
        {
            if (!IsPort(host[colon..]))
            {
                return false;
            }

            host = host[..colon];
        }

        var labels = host.ToString().Split('.');
        var top = labels[^1];
        if (!Array.TrueForAll(labels, IsLabel))
        {
            return false;
        }

        return known
            ? IsTop(top) || (scheme > 0 && labels.Length == 4 && Array.TrueForAll(labels, l => l.Length <= 3 && l.All(char.IsDigit)))
            : labels.Length > 1 && labels[..^1].All(l => l.Length is >= 2 and <= 63) && classicEndings.Contains(top, StringComparer.OrdinalIgnoreCase);
    }

    private static bool IsLabel(string label) => label.Length > 0 && label.All(c => char.IsLetterOrDigit(c) || c is '_' or '%' or '-');

    private static bool IsTop(string label) => label.StartsWith("xn--", StringComparison.OrdinalIgnoreCase) ? label.Length is >= 6 and <= 63 : label.Length is >= 2 and <= 63 && label.All(char.IsAsciiLetter);

    private static bool IsPort(ReadOnlySpan<char> text) => text.Length == 0 || (text[0] == ':' && text.Length is >= 2 and <= 6 && !text[1..].ContainsAnyExceptInRange('0', '9'));
}
