using System.Text.Json.Nodes;
using Studio.Data.Datasets;
using Studio.Data.Examples;

namespace Studio.Data.Preparation;

/// <summary>Prepared rows as training examples of every kind, so that one prepared file serves SFT, preference and reward methods.</summary>
public static class PreparedExamples
{
    /// <summary>The rows as the kind of example that a method needs, in the order of the rows.</summary>
    /// <exception cref="NotSupportedException">No prepared row can become this kind.</exception>
    public static IEnumerable<Example> Of(ExampleKind kind, IEnumerable<PreparedRow> rows) => kind switch
    {
        ExampleKind.Chat => ToChat(rows),
        ExampleKind.Preference => ToPreference([.. rows]),
        ExampleKind.Feedback => ToFeedback([.. rows]),
        ExampleKind.Prompt => ToPrompts(rows),
        _ => throw new NotSupportedException($"Prepared rows cannot become examples of the kind {kind}."),
    };

    /// <summary>Writes the training and the validation part of a prepared file as normalised examples.</summary>
    /// <returns>Examples in each.</returns>
    public static (long Train, long Validation) Write(ExampleKind kind, string preparedPath, string trainPath, string validationPath)
    {
        var rows = PreparedRows.Read(preparedPath).Where(r => r.Trains).ToList();
        return (Part(PreparedSplit.Train, trainPath), Part(PreparedSplit.Validation, validationPath));

        long Part(PreparedSplit split, string path)
        {
            long count = 0;
            using var writer = new StreamWriter(path);
            foreach (var example in Of(kind, rows.Where(r => r.Split == split)))
            {
                writer.Write(StudioJson.Serialize(example));
                writer.Write('\n');
                count++;
            }

            return count;
        }
    }

    /// <summary>Prompt and answer.</summary>
    public static IEnumerable<ChatExample> ToChat(IEnumerable<PreparedRow> rows) =>
        rows.Where(r => r.Trains).Select(r => new ChatExample { Messages = [.. Asked(r), Taught(r) with { Weight = r.Weight }] });

    /// <summary>
    /// Where the answer to learn differs from the base's: that one is better and the base's worse. Where they agree and the pair's other side has another answer (a look-alike: its trap's refusal),
    /// that one is the worse. A row may name its worse answer itself. Rows with nothing to compare are left out.
    /// </summary>
    public static IEnumerable<PreferenceExample> ToPreference(IReadOnlyList<PreparedRow> rows)
    {
        var twins = Twins(rows);
        foreach (var row in rows.Where(r => r.Trains))
        {
            if (Worse(row, twins) is { } worse)
            {
                yield return new PreferenceExample { Prompt = [.. Asked(row)], Chosen = [Taught(row)], Rejected = [worse] };
            }
        }
    }

    /// <summary>Each answer to learn as wanted, and each worse one as unwanted.</summary>
    public static IEnumerable<FeedbackExample> ToFeedback(IReadOnlyList<PreparedRow> rows)
    {
        var twins = Twins(rows);
        foreach (var row in rows.Where(r => r.Trains))
        {
            yield return new FeedbackExample { Prompt = [.. Asked(row)], Completion = [Taught(row)], Label = true };
            if (Worse(row, twins) is { } worse)
            {
                yield return new FeedbackExample { Prompt = [.. Asked(row)], Completion = [worse], Label = false };
            }
        }
    }

    /// <summary>Prompts with what rewards need to know in <see cref="PromptExample.Extra"/>: <c>wanted</c>, <c>group</c>, <c>pair_id</c>, <c>category</c>, <c>language</c>, <c>expected</c>.</summary>
    public static IEnumerable<PromptExample> ToPrompts(IEnumerable<PreparedRow> rows)
    {
        foreach (var row in rows.Where(r => r.State != ReviewState.Rejected && r.Split != PreparedSplit.HeldOut))
        {
            var extra = new JsonObject { ["wanted"] = StudioJson.Serialize(row.Wanted).Trim('"'), ["group"] = row.Group, ["language"] = row.Language };
            if (row.PairId is { } pair)
            {
                extra["pair_id"] = pair;
            }

            if (row.Category is { } category)
            {
                extra["category"] = category;
            }

            if (row.Expected is { Count: > 0 } expected)
            {
                extra["expected"] = new JsonArray([.. expected.Select(e => JsonValue.Create(e))]);
            }

            yield return new PromptExample { Prompt = [.. Asked(row)], Reference = row.Expected is [var first, ..] ? first : null, Extra = extra };
        }
    }

    private static Dictionary<string, List<PreparedRow>> Twins(IEnumerable<PreparedRow> rows) =>
        rows.Where(r => r is { PairId: not null, Trains: true }).GroupBy(r => r.PairId!).ToDictionary(g => g.Key, g => g.ToList());

    private static Message? Worse(PreparedRow row, Dictionary<string, List<PreparedRow>> twins)
    {
        if (row.WorseAnswer is { Length: > 0 } worse)
        {
            return Assistant(worse, unfinished: false, row);
        }

        if (row.BaseServes)
        {
            return null;
        }

        if (row.BaseAnswer is { Length: > 0 } own && !Same(own, row.Answer))
        {
            return Assistant(own, row.BaseUnfinished, row);
        }

        return row.PairId is { } pair && twins.GetValueOrDefault(pair)?.Find(r => r.Id != row.Id && r.Wanted != row.Wanted) is { } twin && !Same(twin.Answer, row.Answer)
            ? Assistant(twin.Answer, twin.Unfinished, row)
            : null;
    }

    // The kept answer may be the beginning of the base's.
    private static bool Same(string one, string other) =>
        one.StartsWith(other, StringComparison.Ordinal) || other.StartsWith(one, StringComparison.Ordinal);

    private static IEnumerable<Message> Asked(PreparedRow row)
    {
        if (row.System is { } system)
        {
            yield return new Message { Role = "system", Content = system };
        }

        yield return new Message { Role = "user", Content = row.Prompt };
    }

    private static Message Taught(PreparedRow row) => Assistant(row.Answer, row.Unfinished, row);

    private static Message Assistant(string text, bool unfinished, PreparedRow row)
    {
        var kept = Kept(text, row);
        return new Message { Role = "assistant", Content = kept, Unfinished = unfinished || kept.Length < text.TrimEnd().Length ? true : null };
    }

    private static string Kept(string text, PreparedRow row)
    {
        if (row.KeptWords is not { } words)
        {
            return text;
        }

        if (row.Language == "zh")
        {
            var length = Math.Min(2 * words, text.Length);
            return text[..(length < text.Length && char.IsHighSurrogate(text[length - 1]) ? length - 1 : length)].TrimEnd();
        }

        var end = 0;
        for (var word = 0; word < words && end < text.Length; word++)
        {
            while (end < text.Length && char.IsWhiteSpace(text[end]))
            {
                end++;
            }

            while (end < text.Length && !char.IsWhiteSpace(text[end]))
            {
                end++;
            }
        }

        return text[..end].TrimEnd();
    }
}
