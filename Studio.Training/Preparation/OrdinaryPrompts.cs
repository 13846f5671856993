using System.Text.Json.Nodes;
using Studio.Data.Preparation;
using Studio.Training.Evaluation;

namespace Studio.Training.Preparation;

/// <summary>Ordinary prompts that travel inside the trainer, for replay: the model's own answers to them keep the rest of its behaviour in place.</summary>
internal static class OrdinaryPrompts
{
    /// <param name="others">Rows beside which they stand.</param>
    /// <param name="share">Their share among all rows.</param>
    public static IEnumerable<PreparedRow> Take(int others, double share, Random random)
    {
        var prompts = EmbeddedLines("general_prompts.jsonl").Where(p => p.Text("split") != "held_back").ToArray();
        random.Shuffle(prompts);
        var wanted = share >= 1 ? prompts.Length : (int)Math.Round(others * share / (1 - share));
        return prompts.Take(wanted).Select(p => new PreparedRow
        {
            Id = p.Needed("id"),
            Group = PreparedGroups.Replay,
            Category = p.Text("category"),
            Language = p.Text("language") ?? "en",
            Prompt = p.Needed("prompt"),
            Wanted = Wanted.Answer,
        });
    }

    public static IEnumerable<JsonObject> EmbeddedLines(string name) => EmbeddedFile.Read(name).Split('\n').Where(l => l.Length > 0).Select(l => JsonNode.Parse(l)!.AsObject());

    /// <summary>Marks the validation part; rows of one prompt stay together.</summary>
    public static IReadOnlyList<PreparedRow> Validated(IReadOnlyList<PreparedRow> rows, double share, Random random)
    {
        var units = rows.Select(r => r.Prompt).Distinct(StringComparer.Ordinal).ToArray();
        random.Shuffle(units);
        var kept = units.Take((int)Math.Round(units.Length * share)).ToHashSet(StringComparer.Ordinal);
        return [.. rows.Select(r => kept.Contains(r.Prompt) ? r with { Split = PreparedSplit.Validation } : r)];
    }
}
