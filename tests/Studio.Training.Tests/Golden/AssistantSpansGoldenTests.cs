using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Studio.Testing;
using Studio.Training.Commands;
using Studio.Training.Templates;

namespace Studio.Training.Tests.Golden;

/// <summary>
/// Templates that mark the assistant's turns, with the marks taken out: every turn that is found by rendering prefixes has to end where the marks end, and may begin later only by
/// what the generation prompt already says (a header, an opened thought).
/// </summary>
public partial class AssistantSpansGoldenTests
{
    private const string Set = "chat_templates";
    private static readonly Dictionary<string, string> tokens = new() { ["bos_token"] = "<s>", ["eos_token"] = "</s>", ["unk_token"] = "<unk>", ["pad_token"] = "<pad>" };

    public static IEnumerable<object[]> TemplateNames() => GoldenFolder.Rows(GoldenFolder.Has(Set, "templates")
        ? Directory.EnumerateFiles(GoldenFolder.Under(Set, "templates"), "*.jinja").Where(file => File.ReadAllText(file).Contains("endgeneration", StringComparison.Ordinal)).Select(file => Path.GetFileNameWithoutExtension(file)).Order(StringComparer.Ordinal)
        : []);

    [SkippableTheory]
    [MemberData(nameof(TemplateNames))]
    public void Prefix_rendering_ends_turns_where_the_template_does(string name)
    {
        Skip.If(name.Length == 0, $"The set {Set} is not in the golden folder.");
        var source = Encoding.UTF8.GetString(File.ReadAllBytes(GoldenFolder.Under(Set, "templates", name + ".jinja")));
        var marked = new ChatTemplate(source);
        var bare = new ChatTemplate(Closing().Replace(Opening().Replace(source, "$1 if true "), "$1 endif "));
        Assert.False(bare.HasGeneration);
        var wrong = new List<string>();
        var found = 0;
        var refused = 0;
        var reason = "";
        foreach (var line in File.ReadLines(GoldenFolder.Under(Set, "conversations.jsonl")))
        {
            var row = JsonNode.Parse(line)!.AsObject();
            var messages = row["messages"]!.AsArray();
            var options = RenderCommand.Options(row, tokens, new DateTime(2025, 1, 29, 9, 5, 7));
            if (options.AddGenerationPrompt || options.ContinueFinalMessage is not null || !messages.Any(message => message!["role"]?.GetValueKind() == System.Text.Json.JsonValueKind.String && message["role"]!.GetValue<string>() == "assistant"))
            {
                continue;
            }

            RenderedChat expected;
            MarkedChat actual;
            try
            {
                expected = marked.Render(messages, options);
                actual = AssistantSpans.Find(bare, messages, options);
            }
            catch (TemplateException)
            {
                continue;
            }

            if (actual.Text != expected.Text)
            {
                continue;
            }

            if (actual.Refusal is not null)
            {
                refused++;
                reason = actual.Refusal;
                continue;
            }

            found++;
            var covered = Cover(actual.Spans.Select(span => (span.Start, span.End)), actual.Text.Length);
            if (expected.AssistantSpans.Any(span => span.End > span.Start && !covered[span.End - 1]))
            {
                wrong.Add($"{row["name"]}: marked {Show(expected.Text, expected.AssistantSpans)} found {Show(actual.Text, actual.Spans.Select(span => (span.Start, span.End)))}");
            }
        }

        Assert.True(wrong.Count == 0, $"{wrong.Count} of {found} ({refused} refused)\n{string.Join('\n', wrong.Take(4))}");
        Skip.If(found + refused == 0, $"{name} accepts none of the conversations that end with an answer.");
        Skip.If(found == 0, $"{name}: all {refused} refused, the last because: {reason}");
    }

    private static bool[] Cover(IEnumerable<(int Start, int End)> spans, int length)
    {
        var covered = new bool[length];
        foreach (var (start, end) in spans)
        {
            Array.Fill(covered, true, start, end - start);
        }

        return covered;
    }

    private static string Show(string text, IEnumerable<(int Start, int End)> spans) =>
        string.Join(" | ", spans.Select(span => string.Concat(text.EnumerateRunes().Skip(span.Start).Take(span.End - span.Start).Select(rune => rune.ToString())).Replace("\n", "\\n")));

    [GeneratedRegex(@"(\{%[-+]?)\s*generation\s*")]
    private static partial Regex Opening();

    [GeneratedRegex(@"(\{%[-+]?)\s*endgeneration\s*")]
    private static partial Regex Closing();
}
