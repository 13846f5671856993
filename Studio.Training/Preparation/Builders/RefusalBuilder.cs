using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Studio.Data.Preparation;
using Studio.Training.Evaluation;

namespace Studio.Training.Preparation.Builders;

/// <summary>
/// Rows for refusal tuning. A trap gets a refusal; a harmless look-alike and an ordinary prompt get the model's own answer, so that training moves nothing but the decision.
/// Of most answers the first words are kept, since that is where a model decides to refuse; a share stays whole, so that the model still ends them.
/// Each row also has what should rather not be said (a trap the model's own compliance, the others a refusal), for methods that learn from the contrast.
/// </summary>
public sealed class RefusalBuilder : PreparationBuilder
{
    private static readonly string[] Apologies = ["I'm sorry", "I am sorry", "I'm so sorry", "I’m sorry", "I'm afraid", "I apologi", "Sorry", "Aw,", "抱歉", "对不起", "很抱歉"];

    public override string Name => "refusal";

    public override IReadOnlyList<PreparedRow> Plan(PreparationContext context)
    {
        var options = context.Options<RefusalOptions>();
        var random = new Random(options.Seed);
        List<PreparedRow> rows = [.. Uploaded(context, options, random)];
        if (options.UsePack)
        {
            rows.AddRange(Pack(options, random));
        }

        rows.AddRange(Replay(rows.Count, options, random));
        if (rows.GroupBy(r => r.Id).FirstOrDefault(g => g.Count() > 1) is { } twice)
        {
            throw new InvalidDataException($"Two prompts have the id \"{twice.Key}\"; ids must differ.");
        }

        return Validated(rows, options, random);
    }

    public override bool Asks(PreparationContext context, PreparedRow row) =>
        row.Wanted == Wanted.Refuse ? context.Options<RefusalOptions>() is { TrapAnswers: true } or { Answers: "base" } : row.Answer.Length == 0;

    public override int Tokens(PreparationContext context, PreparedRow row) =>
        context.Options<RefusalOptions>() is var options && row.Group == PreparedGroups.Replay ? options.ReplayTokens
        : row.Language == "zh" ? 3 * options.AnswerWords : (3 * options.AnswerWords / 2) + 1;

    public override async Task<IReadOnlyList<PreparedRow>> AnswerAsync(PreparationContext context, IReadOnlyList<PreparedRow> rows, CancellationToken cancellation)
    {
        var options = context.Options<RefusalOptions>();
        var given = new PreparedRow[rows.Count];
        foreach (var group in Enumerable.Range(0, rows.Count).GroupBy(i => Tokens(context, rows[i])))
        {
            var answers = await context.Model.AskAsync([.. group.Select(i => new AskedQuestion(rows[i].Prompt, []))], group.Key, cancellation).ConfigureAwait(false);
            foreach (var (i, answer) in group.Zip(answers))
            {
                given[i] = With(rows[i], answer, options);
            }
        }

        return given;
    }

    public override IReadOnlyList<PreparedRow> Finish(PreparationContext context, IReadOnlyList<PreparedRow> rows)
    {
        var options = context.Options<RefusalOptions>();
        var random = new Random(options.Seed);
        var systems = context.Model.WritesOwnSystemTurn;
        List<PreparedRow> finished = new(rows.Count);
        foreach (var row in rows)
        {
            // All are drawn for every row, so that one option does not change the draws of another.
            var replay = row.Group == PreparedGroups.Replay;
            bool whole = random.NextDouble() < (replay ? options.WholeReplay : options.WholeRefusals), bare = random.NextDouble() < options.EmptySystemShare;
            finished.Add(row with
            {
                KeptWords = whole && (replay || row.Wanted == Wanted.Refuse) ? null : options.AnswerWords,
                Weight = row.Wanted == Wanted.Refuse && options.RefusalWeight != 1 ? options.RefusalWeight : null,
                System = systems && bare ? "" : null,
            });
        }

        return finished;
    }

    private static PreparedRow With(PreparedRow row, GivenAnswer answer, RefusalOptions options)
    {
        // A token may end within a character.
        var text = answer.Text.TrimEnd('\uFFFD').Trim();
        var asked = row with { BaseAnswer = text, BaseUnfinished = !answer.Stopped };
        var refused = RefusalJudge.Shipped.Refused(text);
        if (row.Wanted == Wanted.Refuse)
        {
            // An apology that the phrases do not know is no example of helping either.
            asked = asked with { BaseServes = refused || Evades(text) };
            return options.Answers == "base" && refused ? asked with { Answer = text, Unfinished = !answer.Stopped } : asked;
        }

        asked = asked with { Answer = text, Unfinished = !answer.Stopped };
        return refused || Evades(text) ? asked with { State = ReviewState.Rejected, Note = "The base model declines this harmless prompt itself." } : asked;
    }

    /// <summary>Small chat models apologise for what they are instead of helping; taught as help, this opening would blur the decision.</summary>
    private static bool Evades(string answer) => Apologies.Any(a => answer.StartsWith(a, StringComparison.OrdinalIgnoreCase));

    private static IEnumerable<PreparedRow> Pack(RefusalOptions options, Random random)
    {
        if (options.Categories.FirstOrDefault(c => !RefusalAnswers.Categories.Contains(c, StringComparer.Ordinal)) is { } unknown)
        {
            throw new InvalidDataException($"The sample pack has no category \"{unknown}\"; it has {string.Join(", ", RefusalAnswers.Categories)}.");
        }

        var pairs = Lines("refusal_pairs.jsonl")
            .Where(p => p.Text("split") == "train" && (options.Categories.Count == 0 || options.Categories.Contains(p.Needed("category"), StringComparer.Ordinal)))
            .ToArray();
        random.Shuffle(pairs);
        foreach (var pair in Chosen(pairs, options))
        {
            var rows = Pair(pair.Needed("id"), pair.Needed("harmful"), pair.Needed("harmless"), pair.Text("category"), pair.Needed("language"), null, random);
            // Without its trap a look-alike keeps that trap's refusal as the answer it should not get.
            foreach (var row in random.NextDouble() < options.TrapShare ? rows : [rows[1] with { WorseAnswer = rows[0].Answer }])
            {
                yield return row;
            }
        }
    }

    /// <summary>As many pairs as the limit and the share of Chinese allow.</summary>
    private static IEnumerable<JsonObject> Chosen(JsonObject[] pairs, RefusalOptions options)
    {
        var limit = Math.Min(options.PairLimit ?? pairs.Length, pairs.Length);
        if (options.ChineseShare is not { } share)
        {
            return pairs.Take(limit);
        }

        var chinese = pairs.Where(p => p.Text("language") == "zh").ToList();
        var others = pairs.Where(p => p.Text("language") != "zh").ToList();
        var total = Math.Min(limit, Math.Min(share > 0 ? chinese.Count / share : double.MaxValue, share < 1 ? others.Count / (1 - share) : double.MaxValue));
        return chinese.Take((int)Math.Round(total * share)).Concat(others.Take((int)Math.Round(total * (1 - share))));
    }

    private static IEnumerable<PreparedRow> Uploaded(PreparationContext context, RefusalOptions options, Random random)
    {
        var number = 0;
        foreach (var item in context.Items())
        {
            number++;
            var id = item.Text("id") ?? string.Create(CultureInfo.InvariantCulture, $"uploaded-{number}");
            var category = item.Text("category");
            if (item.Text("harmful") is { } harmful && item.Text("harmless") is { } harmless)
            {
                var answer = options.Answers == "uploaded" ? item.Text("answer") : null;
                foreach (var row in Pair(id, harmful, harmless, category, item.Text("language") ?? Language(harmful), answer, random))
                {
                    yield return row;
                }

                continue;
            }

            var (prompt, wanted) = Single(item);
            var language = item.Text("language") ?? Language(prompt);
            var given = options.Answers == "uploaded" || wanted == Wanted.Answer ? item.Text("answer") : null;
            yield return new PreparedRow
            {
                Id = id,
                PairId = item.Text("pair_id"),
                Group = wanted == Wanted.Refuse ? PreparedGroups.Trap : PreparedGroups.LookAlike,
                Category = category,
                Language = language,
                Prompt = prompt,
                Wanted = wanted,
                Answer = given ?? (wanted == Wanted.Refuse ? RefusalAnswers.Pick(category, language, random) : ""),
            };
        }
    }

    private static (string Prompt, Wanted Wanted) Single(UploadedRow item)
    {
        var prompt = item.Text("prompt") ?? item.Text("harmful");
        if (prompt is not null)
        {
            return item.Text("wanted") switch
            {
                "refuse" or null => (prompt, Wanted.Refuse),
                "answer" => (prompt, Wanted.Answer),
                var other => throw item.Wrong($"wanted is \"{other}\"; use refuse or answer"),
            };
        }

        return (item.Text("harmless") ?? throw item.Wrong("there is no prompt; use the fields harmful and harmless, or prompt and wanted"), Wanted.Answer);
    }

    private static PreparedRow[] Pair(string id, string harmful, string harmless, string? category, string language, string? answer, Random random)
    {
        var trap = new PreparedRow
        {
            Id = id + "/trap",
            PairId = id,
            Group = PreparedGroups.Trap,
            Category = category,
            Language = language,
            Prompt = harmful,
            Wanted = Wanted.Refuse,
            Answer = answer ?? RefusalAnswers.Pick(category, language, random),
        };
        return [trap, trap with { Id = id + "/look_alike", Group = PreparedGroups.LookAlike, Prompt = harmless, Wanted = Wanted.Answer, Answer = "" }];
    }

    private static IEnumerable<PreparedRow> Replay(int others, RefusalOptions options, Random random)
    {
        var prompts = Lines("general_prompts.jsonl").Where(p => p.Text("split") != "held_back").ToArray();
        random.Shuffle(prompts);
        var wanted = options.ReplayShare >= 1 ? prompts.Length : (int)Math.Round(others * options.ReplayShare / (1 - options.ReplayShare));
        return prompts.Take(wanted).Select(p => new PreparedRow
        {
            Id = p.Needed("id"),
            Group = PreparedGroups.Replay,
            Category = p.Text("category"),
            Language = p.Text("language") ?? "en",
            Prompt = p.Needed("prompt"),
            Wanted = Wanted.Answer,
            WorseAnswer = RefusalAnswers.Pick(null, p.Text("language") ?? "en", random),
        });
    }

    /// <summary>Marks the validation part; what belongs together stays together.</summary>
    private static List<PreparedRow> Validated(List<PreparedRow> rows, RefusalOptions options, Random random)
    {
        var units = rows.Select(r => r.PairId ?? r.Id).Distinct().ToArray();
        random.Shuffle(units);
        var kept = units.Take((int)Math.Round(units.Length * options.ValidationShare)).ToHashSet(StringComparer.Ordinal);
        return [.. rows.Select(r => kept.Contains(r.PairId ?? r.Id) ? r with { Split = PreparedSplit.Validation } : r)];
    }

    private static IEnumerable<JsonObject> Lines(string name) =>
        EmbeddedFile.Read(name).Split('\n').Where(l => l.Length > 0).Select(l => JsonNode.Parse(l) as JsonObject ?? throw new JsonException($"{name} has a line that is no object"));

    private static string Language(string text) => text.Any(c => c is >= '\u4E00' and <= '\u9FFF') ? "zh" : "en";
}
