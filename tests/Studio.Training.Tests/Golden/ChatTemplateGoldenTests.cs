using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Studio.Testing;
using Studio.Training.Commands;
using Studio.Training.Templates;

namespace Studio.Training.Tests.Golden;

/// <summary>Chat templates against what transformers rendered (set <c>chat_templates</c>).</summary>
public class ChatTemplateGoldenTests
{
    private const string Set = "chat_templates";
    private static readonly DateTime now = new(2025, 1, 29, 9, 5, 7);
    private static readonly Dictionary<string, string> tokens = new() { ["bos_token"] = "<s>", ["eos_token"] = "</s>", ["unk_token"] = "<unk>", ["pad_token"] = "<pad>" };

    public static IEnumerable<object[]> TemplateNames() => GoldenFolder.Rows(Files("cases", "*.jsonl").Select(file => Path.GetFileNameWithoutExtension(file)));

    public static IEnumerable<object[]> FeatureNumbers() => GoldenFolder.Rows(
        GoldenFolder.Has(Set, "features.jsonl") ? File.ReadLines(GoldenFolder.Under(Set, "features.jsonl")).Select((_, i) => $"row {i + 1}") : []);

    [SkippableTheory]
    [MemberData(nameof(TemplateNames))]
    public void Template_renders_every_conversation_as_transformers_does(string name)
    {
        Skip.If(name.Length == 0, $"The set {Set} is not in the golden folder.");
        var conversations = File.ReadLines(GoldenFolder.Under(Set, "conversations.jsonl")).ToDictionary(line => JsonNode.Parse(line)!["name"]!.GetValue<string>());
        var template = new ChatTemplate(Encoding.UTF8.GetString(File.ReadAllBytes(GoldenFolder.Under(Set, "templates", name + ".jinja"))));
        var wrong = new List<string>();
        foreach (var line in File.ReadLines(GoldenFolder.Under(Set, "cases", name + ".jsonl")))
        {
            var expected = JsonNode.Parse(line)!.AsObject();
            var conversation = expected["conversation"]!.GetValue<string>();
            var actual = RenderCommand.Render(template, conversations[conversation], tokens, now, 1);
            if (Difference(expected, actual) is { } difference)
            {
                wrong.Add($"{conversation}: {difference}");
            }
        }

        Assert.True(wrong.Count == 0, $"{wrong.Count} differ\n{string.Join('\n', wrong.Take(5))}");
    }

    [SkippableTheory]
    [MemberData(nameof(FeatureNumbers))]
    public void Feature_renders_as_Jinja_does(string row)
    {
        Skip.If(row.Length == 0, $"The set {Set} is not in the golden folder.");
        var expected = JsonNode.Parse(File.ReadLines(GoldenFolder.Under(Set, "features.jsonl")).ElementAt(int.Parse(row.AsSpan(4)) - 1))!.AsObject();
        var context = JsonNode.Parse(File.ReadAllText(GoldenFolder.Under(Set, "features_context.json")))!.AsObject();
        var actual = new JsonObject();
        try
        {
            var template = new ChatTemplate(expected["template"]!.GetValue<string>());
            var rendered = template.Render([], new RenderOptions { SpecialTokens = tokens, Now = now, Variables = context });
            actual["rendered"] = rendered.Text;
            if (rendered.SpansFromTemplate)
            {
                actual["assistant_spans"] = new JsonArray([.. rendered.AssistantSpans.Select(span => new JsonArray(span.Start, span.End))]);
            }
        }
        catch (TemplateException e)
        {
            (actual["error"], actual["error_type"], actual["raised_by_template"]) = (e.Message, e.Kind, e.RaisedByTemplate);
        }

        if (Difference(expected, actual) is { } difference)
        {
            Assert.Fail($"{expected["template"]}\n{difference}");
        }
    }

    /// <summary>What differs from the reference, or null. The wording of an error counts only when the template wrote it.</summary>
    private static string? Difference(JsonObject expected, JsonObject actual)
    {
        if (expected["error"] is { } error)
        {
            var raised = expected["raised_by_template"]!.GetValue<bool>();
            return actual["error"] is null ? $"expected {expected["error_type"]} ({error}), rendered {actual["rendered"]}"
                : raised != actual["raised_by_template"]!.GetValue<bool>() || (raised && error.GetValue<string>() != actual["error"]!.GetValue<string>()) ? $"expected error {error}, got {actual["error"]}"
                : raised || expected["error_type"]!.GetValue<string>() == actual["error_type"]!.GetValue<string>() ? null
                : $"expected {expected["error_type"]}: {error}, got {actual["error_type"]}: {actual["error"]}";
        }

        if (actual["error"] is { } unexpected)
        {
            return $"{actual["error_type"]}: {unexpected}";
        }

        var (left, right) = (expected["rendered"]!.GetValue<string>(), actual["rendered"]!.GetValue<string>());
        if (left != right)
        {
            var at = left.AsSpan().CommonPrefixLength(right);
            return $"at {at}: expected {Around(left, at)}, got {Around(right, at)}";
        }

        return JsonNode.DeepEquals(expected["assistant_spans"], actual["assistant_spans"]) ? null : $"spans: expected {expected["assistant_spans"]?.ToJsonString()}, got {actual["assistant_spans"]?.ToJsonString()}";
    }

    private static string Around(string text, int at) => JsonSerializer.Serialize(text.Substring(Math.Max(0, at - 40), Math.Min(text.Length - Math.Max(0, at - 40), 120)));

    private static IEnumerable<string> Files(string folder, string pattern) =>
        GoldenFolder.Has(Set, folder) ? Directory.EnumerateFiles(GoldenFolder.Under(Set, folder), pattern).Order(StringComparer.Ordinal) : [];
}
