using System.Globalization;
using Studio.Data;
using Studio.Data.Examples;

namespace Studio.Web.Pages.Data;

/// <summary>A part of an example to read.</summary>
/// <param name="Who">Role or field: user, assistant, chosen, reference, ...; the page translates it.</param>
/// <param name="Learned">The loss is on it (with the default recipe).</param>
public sealed record ExamplePart(string Who, string Text, bool Learned, string? Note = null);

/// <summary>Examples as text for people.</summary>
public static class ExampleText
{
    /// <summary>The first thing that is asked, in one line.</summary>
    public static string Title(Example example)
    {
        var text = example switch
        {
            ChatExample chat => Asked(chat.Messages),
            CompletionExample completion => completion.Prompt.Length > 0 ? completion.Prompt : completion.Completion,
            TextExample plain => plain.Text,
            PreferenceExample pair => Asked(pair.Prompt),
            FeedbackExample rated => Asked(rated.Prompt),
            PromptExample prompt => Asked(prompt.Prompt),
            StepwiseExample solution => Asked(solution.Prompt),
            _ => "",
        };
        text = text.ReplaceLineEndings(" ").Trim();
        return text.Length > 160 ? text[..160] + "…" : text;
    }

    public static long Characters(Example example) => Parts(example).Sum(p => (long)p.Text.Length);

    public static IReadOnlyList<ExamplePart> Parts(Example example) => example switch
    {
        ChatExample chat => [.. chat.Messages.SelectMany(m => Turn(m, learn: true))],
        CompletionExample completion => [new("prompt", completion.Prompt, false), new("completion", completion.Completion, true)],
        TextExample plain => [new("text", plain.Text, true)],
        PreferenceExample pair =>
        [
            .. pair.Prompt.SelectMany(m => Turn(m, learn: false)),
            .. pair.Chosen.SelectMany(m => Turn(m, learn: true)).Select(p => p with { Who = "chosen" }),
            .. pair.Rejected.SelectMany(m => Turn(m, learn: false)).Select(p => p with { Who = "rejected" }),
        ],
        FeedbackExample rated =>
        [
            .. rated.Prompt.SelectMany(m => Turn(m, learn: false)),
            .. rated.Completion.SelectMany(m => Turn(m, learn: rated.Label)).Select(p => p with { Who = rated.Label ? "wanted" : "unwanted" }),
        ],
        PromptExample prompt =>
        [
            .. prompt.Prompt.SelectMany(m => Turn(m, learn: false)),
            .. prompt.Reference is { } reference ? new ExamplePart[] { new("reference", reference, false) } : [],
            .. prompt.Extra is { Count: > 0 } extra ? new ExamplePart[] { new("extra", extra.ToJsonString(StudioJson.Indented), false) } : [],
        ],
        StepwiseExample solution =>
        [
            .. solution.Prompt.SelectMany(m => Turn(m, learn: false)),
            .. solution.Steps.Select(s => new ExamplePart(s.Right ? "right" : "wrong", s.Text, s.Right)),
        ],
        _ => [],
    };

    private static string Asked(IReadOnlyList<Message> messages) =>
        (messages.FirstOrDefault(m => m.Role == "user") ?? messages.FirstOrDefault())?.Content ?? "";

    private static IEnumerable<ExamplePart> Turn(Message message, bool learn)
    {
        var learned = learn && message.Role == "assistant" && message.Weight != 0;
        var note = message.Weight is { } weight && message.Role == "assistant" ? string.Create(CultureInfo.InvariantCulture, $"× {weight}") : null;
        if (message.ReasoningContent is { Length: > 0 } reasoning)
        {
            yield return new ExamplePart("reasoning", reasoning, learned);
        }

        if (message.Content is { Length: > 0 } content)
        {
            yield return new ExamplePart(message.Role, content, learned, note);
        }

        foreach (var call in message.ToolCalls ?? [])
        {
            yield return new ExamplePart("call", $"{call.Function.Name}({call.Function.Arguments})", learned);
        }
    }
}
