using System.Text;
using System.Text.RegularExpressions;

namespace Studio.Training.Templates.Python;

/// <summary>HTML escaping as markupsafe does it.</summary>
internal static partial class Html
{
    /// <summary>The value as markup: markup stays, anything else is printed and escaped.</summary>
    public static Markup Escape(object? value) => value as Markup ?? new Markup(EscapeText(PythonText.Str(value)));

    public static string EscapeText(string text) => text.AsSpan().IndexOfAny("&<>'\"") < 0
        ? text
        : text.Replace("&", "&amp;", StringComparison.Ordinal)
            .Replace(">", "&gt;", StringComparison.Ordinal)
            .Replace("<", "&lt;", StringComparison.Ordinal)
            .Replace("'", "&#39;", StringComparison.Ordinal)
            .Replace("\"", "&#34;", StringComparison.Ordinal);

    /// <summary>The text without comments and tags, entities decoded, whitespace runs made one blank.</summary>
    public static string StripTags(string text)
    {
        text = Remove(Remove(text, "<!--", "-->"), "<", ">");
        return Unescape(string.Join(' ', StringSplitting.OnWhitespace(text, -1)));
    }

    public static string Unescape(string text) => System.Net.WebUtility.HtmlDecode(text);

    /// <summary>Turns addresses in text that is already escaped into links.</summary>
    public static string Urlize(string escaped, int? limit, string? rel, string? target, IReadOnlyList<string> schemes)
    {
        var relation = string.IsNullOrEmpty(rel) ? "" : $" rel=\"{EscapeText(rel)}\"";
        var frame = string.IsNullOrEmpty(target) ? "" : $" target=\"{EscapeText(target)}\"";
        var words = Spaces().Split(escaped);
        for (var i = 0; i < words.Length; i++)
        {
            words[i] = Link(words[i], limit, relation + frame, schemes);
        }

        return string.Concat(words);
    }

    private static string Link(string word, int? limit, string attributes, IReadOnlyList<string> schemes)
    {
        var (head, middle, tail) = ("", word, "");
        if (Opening().Match(middle) is { Success: true } opening)
        {
            head = opening.Value;
            middle = middle[opening.Length..];
        }

        if (Closing().Match(middle) is { Success: true } closing)
        {
            tail = closing.Value;
            middle = middle[..closing.Index];
        }

        foreach (var (open, close) in new[] { ("(", ")"), ("<", ">"), ("&lt;", "&gt;") })
        {
            var opened = CountOf(middle, open);
            if (opened <= CountOf(middle, close))
            {
                continue;
            }

            for (var left = Math.Min(opened, CountOf(tail, close)); left > 0; left--)
            {
                var end = tail.IndexOf(close, StringComparison.Ordinal) + close.Length;
                middle += tail[..end];
                tail = tail[end..];
            }
        }

        if (WebAddress.IsMatch(middle))
        {
            var url = middle.StartsWith("https://", StringComparison.Ordinal) || middle.StartsWith("http://", StringComparison.Ordinal) ? middle : "https://" + middle;
            middle = $"<a href=\"{url}\"{attributes}>{Shorten(middle, limit)}</a>";
        }
        else if (middle.StartsWith("mailto:", StringComparison.Ordinal) && Mail().IsMatch(middle[7..]))
        {
            middle = $"<a href=\"{middle}\">{middle[7..]}</a>";
        }
        else if (middle.Contains('@', StringComparison.Ordinal) && !middle.StartsWith("www.", StringComparison.Ordinal) && middle[0] != '@'
            && !middle.Contains(':', StringComparison.Ordinal) && Mail().IsMatch(middle))
        {
            middle = $"<a href=\"mailto:{middle}\">{middle}</a>";
        }
        else
        {
            foreach (var scheme in schemes)
            {
                if (middle != scheme && middle.StartsWith(scheme, StringComparison.Ordinal))
                {
                    middle = $"<a href=\"{middle}\"{attributes}>{middle}</a>";
                }
            }
        }

        return head + middle + tail;
    }

    private static string Shorten(string text, int? limit) => limit is { } most && CodePoints.Count(text) > most ? CodePoints.Slice(text, null, (long)most, null) + "..." : text;

    private static string Remove(string text, string open, string close)
    {
        var builder = new StringBuilder(text.Length);
        var at = 0;
        while (at < text.Length)
        {
            var start = text.IndexOf(open, at, StringComparison.Ordinal);
            var end = start < 0 ? -1 : text.IndexOf(close, start, StringComparison.Ordinal);
            if (end < 0)
            {
                break;
            }

            builder.Append(text, at, start - at);
            at = end + close.Length;
        }

        return builder.Append(text, at, text.Length - at).ToString();
    }

    private static int CountOf(string text, string part) => StringSplitting.Count(text, part);

    [GeneratedRegex(@"(\s+)")]
    private static partial Regex Spaces();

    [GeneratedRegex(@"\A([(<]|&lt;)+")]
    private static partial Regex Opening();

    [GeneratedRegex(@"([)>.,\n]|&gt;)+\z")]
    private static partial Regex Closing();

    [GeneratedRegex(@"\A\S+@\w[\w.-]*\.\w+\z", RegexOptions.None, matchTimeoutMilliseconds: 100)]
    private static partial Regex Mail();
}
