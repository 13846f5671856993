using System.Text.Json.Nodes;
using Studio.Training.Templates.Python;

namespace Studio.Training.Templates;

/// <summary>The part of a rendered conversation that one assistant turn produced, end of turn included.</summary>
/// <param name="Message">Index of the message.</param>
/// <param name="Start">First code point of the text.</param>
/// <param name="End">Code point behind the last one.</param>
public readonly record struct AssistantSpan(int Message, int Start, int End);

/// <summary>A rendered conversation with its assistant turns, or the reason why they cannot be told apart.</summary>
public sealed record MarkedChat(string Text, IReadOnlyList<AssistantSpan> Spans, bool SpansFromTemplate, string? Refusal);

/// <summary>
/// Finds what the assistant said in a rendered conversation. A template with <c>{% generation %}</c> says so itself. Otherwise the conversation is rendered up to each
/// assistant turn, with the generation prompt and with the turn: what the second adds to the first is what the model has to produce, including the token that ends the turn.
/// </summary>
public static class AssistantSpans
{
    /// <exception cref="TemplateException">The whole conversation cannot be rendered.</exception>
    public static MarkedChat Find(ChatTemplate template, JsonArray messages, RenderOptions? options = null) =>
        Find(template, (ListValue)PythonJson.FromNode(messages)!, options ?? RenderOptions.Default);

    internal static MarkedChat Find(ChatTemplate template, ListValue messages, RenderOptions options)
    {
        options = options with { AddGenerationPrompt = false, ContinueFinalMessage = null, Now = options.Now ?? TimeProvider.System.GetLocalNow().DateTime };
        var whole = template.Render(messages, options);
        var turns = Enumerable.Range(0, messages.Count).Where(i => RoleOf(messages.Items[i]) == "assistant").ToArray();
        if (whole.SpansFromTemplate)
        {
            // Blocks that mark nothing (a turn without content) still stand for their turn. A template with several blocks a turn is matched by place.
            var owners = whole.AssistantSpans.Count == turns.Length ? turns : Owners(template, messages, options, whole, turns);
            var spans = whole.AssistantSpans.Select((span, i) => new AssistantSpan(owners[i], span.Start, span.End));
            return new MarkedChat(whole.Text, [.. spans], true, null);
        }

        var found = new List<AssistantSpan>();
        var end = 0;
        foreach (var turn in turns)
        {
            if (Locate(template, messages, options, whole.Text, turn, end, out var span) is { } refusal)
            {
                return new MarkedChat(whole.Text, [], false, refusal);
            }

            end = span.End;
            if (span.End > span.Start)
            {
                found.Add(new AssistantSpan(turn, span.Start, span.End));
            }
        }

        // Found in UTF-16 units, handed out in code points.
        var text = whole.Text;
        return new MarkedChat(text, [.. found.Select(span => new AssistantSpan(span.Message, CodePoints.Count(text.AsSpan(0, span.Start)), CodePoints.Count(text.AsSpan(0, span.End))))], false, null);
    }

    /// <summary>The turn each marked span belongs to, by where the turns end in the text; -1 where that is not known.</summary>
    private static int[] Owners(ChatTemplate template, ListValue messages, RenderOptions options, RenderedChat whole, int[] turns)
    {
        var ends = Array.ConvertAll(turns, turn => Try(template, messages, options, turn + 1, prompt: false) is { } text && whole.Text.StartsWith(text, StringComparison.Ordinal) ? CodePoints.Count(text) : -1);
        return [.. whole.AssistantSpans.Select(span => Array.FindIndex(ends, end => end < 0 || span.End <= end) is >= 0 and var place && ends[place] >= 0 ? turns[place] : -1)];
    }

    /// <summary>Finds one turn; returns the reason when it cannot be found. Offsets are UTF-16 units.</summary>
    private static string? Locate(ChatTemplate template, ListValue messages, RenderOptions options, string whole, int turn, int from, out (int Start, int End) span)
    {
        span = default;
        var before = Try(template, messages, options, turn, prompt: false);
        var prompted = Try(template, messages, options, turn, prompt: true);
        var after = turn == messages.Count - 1 ? whole : Try(template, messages, options, turn + 1, prompt: false);

        int start;
        if (prompted is not null && prompted != before && whole.StartsWith(prompted, StringComparison.Ordinal))
        {
            start = prompted.Length;
        }
        else if (prompted is not null && before is not null && prompted != before && CommonPrefix(prompted, whole) is var common && common > CommonPrefix(before, whole))
        {
            // The prompt opens something (a thought, say) that this turn does not have.
            start = BeforeOpenTag(whole, common, CommonPrefix(before, whole));
        }
        else if (prompted == before && before is not null && turn > 0 && RoleOf(messages.Items[turn - 1]) == "tool" && whole.StartsWith(before, StringComparison.Ordinal))
        {
            // After a tool's answer the assistant's turn simply goes on.
            start = before.Length;
        }
        else if (ContentStart(template, messages, options, whole, turn) is { } content)
        {
            start = content;
        }
        else
        {
            return Refusal(turn, "the text before it is not the same as in the whole conversation");
        }

        start = Math.Max(start, from);
        int end;
        if (after is not null && whole.StartsWith(after, StringComparison.Ordinal) && after.Length >= start)
        {
            end = after.Length;
        }
        else if (after is not null && TailEnd(messages.Items[turn], after, whole, start) is { } tail)
        {
            end = tail;
        }
        else
        {
            return Refusal(turn, "its end is not the same as in the conversation up to it");
        }

        if (TextOf(messages.Items[turn]) is { Length: > 0 } text && !whole.AsSpan(start, end - start).Contains(text, StringComparison.Ordinal))
        {
            return Refusal(turn, "its text does not appear where the turn stands");
        }

        span = (start, end);
        return null;
    }

    /// <summary>Where the text of a turn begins: another text in its place leaves everything before that the same.</summary>
    private static int? ContentStart(ChatTemplate template, ListValue messages, RenderOptions options, string whole, int turn)
    {
        if (TextOf(messages.Items[turn]) is not { Length: > 0 } text)
        {
            return null;
        }

        var probe = text[0] == '\u00a4' ? "\u00a7" : "\u00a4";
        object?[] items = [.. messages.Items];
        var changed = ((DictValue)items[turn]!).Copy();
        changed.Set("content", probe);
        items[turn] = changed;
        var rendered = Try(template, new ListValue(items), options, items.Length, prompt: false);
        var at = rendered is null ? 0 : CommonPrefix(rendered, whole);
        return rendered is not null && rendered.AsSpan(at).StartsWith(probe) && whole.AsSpan(at).StartsWith(text) ? at : null;
    }

    /// <summary>End of a turn that the whole conversation shows shorter than the conversation up to it (thoughts of earlier turns are often dropped).</summary>
    private static int? TailEnd(object? message, string after, string whole, int start)
    {
        if (TextOf(message) is not { Length: > 0 } text)
        {
            return null;
        }

        var inAfter = after.LastIndexOf(text, StringComparison.Ordinal);
        var inWhole = whole.IndexOf(text, start, StringComparison.Ordinal);
        if (inAfter < 0 || inWhole < 0)
        {
            return null;
        }

        var tail = after.AsSpan(inAfter);
        return whole.AsSpan(inWhole).StartsWith(tail) ? inWhole + tail.Length : null;
    }

    // The prompt and the turn may share the first letters of different markers: a marker is never cut.
    private static int BeforeOpenTag(string text, int at, int least)
    {
        var open = text.AsSpan(least, at - least).LastIndexOf('<');
        return open >= 0 && !text.AsSpan(least + open, at - least - open).Contains('>') ? least + open : at;
    }

    private static string? Try(ChatTemplate template, ListValue messages, RenderOptions options, int count, bool prompt)
    {
        try
        {
            return template.Render(new ListValue(messages.Items[..count]), options with { AddGenerationPrompt = prompt }).Text;
        }
        catch (TemplateException)
        {
            // Many templates refuse a conversation that stops here; the other renderings may be enough.
            return null;
        }
    }

    private static int CommonPrefix(string left, string right) => left.AsSpan().CommonPrefixLength(right);

    private static string? RoleOf(object? message) => message is DictValue dict && dict.TryGet("role", out var role) ? role as string : null;

    /// <summary>The text that every rendering of the message shows: without surrounding blanks, and without a thought in front.</summary>
    private static string? TextOf(object? message)
    {
        if (message is not DictValue dict || !dict.TryGet("content", out var content) || content is not string text)
        {
            return null;
        }

        const string ThoughtEnd = "</think>";
        var thought = text.LastIndexOf(ThoughtEnd, StringComparison.Ordinal);
        return Whitespace.Trim(thought < 0 ? text : text[(thought + ThoughtEnd.Length)..]);
    }

    private static string Refusal(int turn, string reason) =>
        $"The chat template has no {{% generation %}} block, and the assistant's turn in message {turn + 1} cannot be found in its output: {reason}. Train on everything, or use a template that marks the assistant's turns.";
}
