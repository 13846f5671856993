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
        rows.Where(r => r.Trains).Select(r => new ChatExample { Messages = [User(r.Prompt), Assistant(r.Answer, r.Unfinished)] });

    /// <summary>
    /// Where the answer to learn differs from the base's: that one is better and the base's worse. Where they agree and the pair's other side has another answer (a look-alike: its trap's refusal),
    /// that one is the worse. Rows with nothing to compare are left out.
    /// </summary>
    public static IEnumerable<PreferenceExample> ToPreference(IReadOnlyList<PreparedRow> rows)
    {
        var twins = Twins(rows);
        foreach (var row in rows.Where(r => r.Trains))
        {
            if (Worse(row, twins) is { } worse)
            {
                yield return new PreferenceExample { Prompt = [User(row.Prompt)], Chosen = [Assistant(row.Answer, row.Unfinished)], Rejected = [worse] };
            }
        }
    }

    /// <summary>Each answer to learn as wanted, and each worse one as unwanted.</summary>
    public static IEnumerable<FeedbackExample> ToFeedback(IReadOnlyList<PreparedRow> rows)
    {
        var twins = Twins(rows);
        foreach (var row in rows.Where(r => r.Trains))
        {
            yield return new FeedbackExample { Prompt = [User(row.Prompt)], Completion = [Assistant(row.Answer, row.Unfinished)], Label = true };
            if (Worse(row, twins) is { } worse)
            {
                yield return new FeedbackExample { Prompt = [User(row.Prompt)], Completion = [worse], Label = false };
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

            yield return new PromptExample { Prompt = [User(row.Prompt)], Reference = row.Expected is [var first, ..] ? first : null, Extra = extra };
        }
    }

    private static Dictionary<string, List<PreparedRow>> Twins(IEnumerable<PreparedRow> rows) =>
        rows.Where(r => r is { PairId: not null, Trains: true }).GroupBy(r => r.PairId!).ToDictionary(g => g.Key, g => g.ToList());

    private static Message? Worse(PreparedRow row, Dictionary<string, List<PreparedRow>> twins)
    {
        if (row.BaseAnswer is { Length: > 0 } own && !Same(own, row.Answer))
        {
            return Assistant(own, row.BaseUnfinished);
        }

        return row.PairId is { } pair && twins.GetValueOrDefault(pair)?.Find(r => r.Id != row.Id && r.Wanted != row.Wanted) is { } twin && !Same(twin.Answer, row.Answer)
            ? Assistant(twin.Answer, twin.Unfinished)
            : null;
    }

    // The kept answer may be the beginning of the base's.
    private static bool Same(string one, string other) =>
        one.StartsWith(other, StringComparison.Ordinal) || other.StartsWith(one, StringComparison.Ordinal);

    private static Message User(string text) => new() { Role = "user", Content = text };

    private static Message Assistant(string text, bool unfinished) => new() { Role = "assistant", Content = text, Unfinished = unfinished ? true : null };
}
