using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Studio.Data.Evaluation.Constraints;

/// <summary>The list of constraints: a new one is a line here.</summary>
public static partial class ConstraintKinds
{
    public static IReadOnlyList<ConstraintKind> All { get; } =
    [
        new("max_words", "At most so many words; a Chinese character counts as a word", ["n"], (a, c) => Words(a) <= Number(c)),
        new("min_words", "At least so many words", ["n"], (a, c) => Words(a) >= Number(c)),
        new("words", "Exactly so many words", ["n"], (a, c) => Words(a) == Number(c)),
        new("max_characters", "At most so many characters", ["n"], (a, c) => Characters(a) <= Number(c)),
        new("min_characters", "At least so many characters", ["n"], (a, c) => Characters(a) >= Number(c)),
        new("max_sentences", "At most so many sentences", ["n"], (a, c) => a.Length > 0 && Sentences(a) <= Number(c)),
        new("sentences", "Exactly so many sentences", ["n"], (a, c) => Sentences(a) == Number(c)),
        new("paragraphs", "Exactly so many paragraphs, with an empty line between them", ["n"], (a, c) => Paragraphs(a) == Number(c)),
        new("list_items", "A list of exactly so many items", ["n"], (a, c) => Lines(a).Count(l => Item().IsMatch(l)) == Number(c)),
        new("numbered_list", "A list of exactly so many items numbered from 1", ["n"], (a, c) => Numbered(a) == Number(c)),
        new("lines", "Exactly so many lines that are not empty", ["n"], (a, c) => Lines(a).Count == Number(c)),
        new("includes", "All these words occur", ["words"], (a, c) => Texts(c, "words").All(w => Occurrences(a, w) > 0)),
        new("excludes", "None of these words occurs", ["words"], (a, c) => a.Length > 0 && Texts(c, "words").All(w => Occurrences(a, w) == 0)),
        new("occurs", "A word occurs at least so many times", ["word", "n"], (a, c) => Occurrences(a, Text(c, "word")) >= Number(c)),
        new("starts_with", "Begins with a text", ["text"], (a, c) => a.StartsWith(Text(c, "text"), StringComparison.OrdinalIgnoreCase)),
        new("ends_with", "Ends with a text", ["text"], (a, c) => a.EndsWith(Text(c, "text"), StringComparison.OrdinalIgnoreCase)),
        new("one_of", "Is one of these answers and nothing else", ["choices"], (a, c) => Texts(c, "choices").Any(t => Bare(t) == Bare(a))),
        new("lower_case", "No capital letters", [], (a, _) => a.Any(char.IsLetter) && !a.Any(char.IsUpper)),
        new("upper_case", "No small letters", [], (a, _) => a.Any(char.IsLetter) && !a.Any(char.IsLower)),
        new("no_commas", "No commas", [], (a, _) => a.Length > 0 && !a.Any(l => l is ',' or '，' or '、')),
        new("no_digits", "No digits", [], (a, _) => a.Length > 0 && !a.Any(char.IsDigit)),
        new("number_only", "A number and nothing else", [], (a, _) => decimal.TryParse(a.TrimEnd('.', '。'), NumberStyles.Number | NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out decimal _)),
        new("json", "Valid JSON and nothing else, with these keys when given", [], (a, c) => IsJson(a, c["keys"] is null ? [] : Texts(c, "keys"))),
        new("language", "Written in en or zh", ["language"], (a, c) => Language(a) == Text(c, "language")),
        new("quoted", "The whole answer stands in quotation marks", [], (a, _) => a.Length > 2 && ((a[0] is '"' && a[^1] is '"') || (a[0] is '“' && a[^1] is '”') || (a[0] is '「' && a[^1] is '」'))),
        new("question", "Ends with a question mark", [], (a, _) => a.EndsWith('?') || a.EndsWith('？')),
        new("separator", "So many parts with a separator line between them", ["text", "n"], (a, c) => Lines(a).Count(l => l.Trim() == Text(c, "text")) + 1 == Number(c)),
    ];

    private static int Number(JsonObject constraint) => constraint["n"]!.GetValue<int>();

    private static string Text(JsonObject constraint, string field) => constraint[field]!.GetValue<string>();

    private static IEnumerable<string> Texts(JsonObject constraint, string field) => constraint[field]!.AsArray().Select(n => n!.GetValue<string>());

    private static int Words(string text) => Word().Count(text);

    private static int Characters(string text) => text.EnumerateRunes().Count(r => !System.Text.Rune.IsWhiteSpace(r));

    private static int Sentences(string text) => Ends().Split(text).Count(s => s.Any(char.IsLetterOrDigit));

    private static int Paragraphs(string text) => Blank().Split(text).Count(p => p.Trim().Length > 0);

    private static List<string> Lines(string text) => [.. text.Split('\n').Where(l => l.Trim().Length > 0)];

    private static int Numbered(string text)
    {
        var numbers = Lines(text).Select(l => Numbering().Match(l)).Where(m => m.Success).Select(m => int.Parse(m.Groups[1].Value, CultureInfo.InvariantCulture)).ToList();
        return numbers.SequenceEqual(Enumerable.Range(1, numbers.Count)) ? numbers.Count : -1;
    }

    private static int Occurrences(string text, string word) => word.Any(IsHan)
        ? Regex.Count(text, Regex.Escape(word), RegexOptions.CultureInvariant, TimeSpan.FromSeconds(1))
        : Regex.Count(text, $@"(?<!\w){Regex.Escape(word)}(?!\w)", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant, TimeSpan.FromSeconds(1));

    private static string Bare(string text) => text.Trim().TrimEnd('.', '。', '!', '！').ToUpperInvariant();

    private static bool IsJson(string text, IEnumerable<string> keys)
    {
        var body = Fence().Match(text) is { Success: true } fenced ? fenced.Groups[1].Value : text;
        try
        {
            var node = JsonNode.Parse(body);
            return node is not null && keys.All(k => node is JsonObject o && o.ContainsKey(k));
        }
        catch (JsonException)
        {
            return false;
        }
    }

    /// <summary>zh when Han characters outnumber Latin words, en when there are Latin words and hardly any Han; otherwise neither.</summary>
    private static string Language(string text)
    {
        var han = text.Count(IsHan);
        var latin = Latin().Count(text);
        return han > latin ? "zh" : latin > 0 && han * 10 < latin ? "en" : "";
    }

    private static bool IsHan(char c) => c is >= '\u3400' and <= '\u9FFF';

    [GeneratedRegex(@"[\u3400-\u9FFF]|[^\W\u3400-\u9FFF]+(?:['’\-.,][^\W\u3400-\u9FFF]+)*", RegexOptions.CultureInvariant)]
    private static partial Regex Word();

    [GeneratedRegex(@"[A-Za-z]+", RegexOptions.CultureInvariant)]
    private static partial Regex Latin();

    [GeneratedRegex(@"(?:[.!?](?=\s|$|[""'”’)])|[。！？])[""'”’)]*|\n+", RegexOptions.CultureInvariant)]
    private static partial Regex Ends();

    [GeneratedRegex(@"\n\s*\n", RegexOptions.CultureInvariant)]
    private static partial Regex Blank();

    [GeneratedRegex(@"^\s*(?:[-*•·]|\d+[.)、])\s*\S", RegexOptions.CultureInvariant)]
    private static partial Regex Item();

    [GeneratedRegex(@"^\s*(\d{1,4})[.)、]\s*\S", RegexOptions.CultureInvariant)]
    private static partial Regex Numbering();

    [GeneratedRegex(@"^```(?:json)?\s*\n(.*)\n```$", RegexOptions.Singleline | RegexOptions.CultureInvariant)]
    private static partial Regex Fence();
}
