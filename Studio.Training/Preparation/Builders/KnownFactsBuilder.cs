using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Studio.Data.Preparation;
using Studio.Training.Evaluation;
using Studio.Training.Evaluation.Suites;
using Studio.Training.Generation;

namespace Studio.Training.Preparation.Builders;

/// <summary>
/// Rows for "say only what you know" (in the manner of R-Tuning, Zhang et al. 2024): the model answers each question, and what it answers right several times; what it knows is learned as it says it, what it does not know becomes an abstention in the
/// user's words, as do questions nobody can answer; false premises are corrected. A known question and an unknown one share a pair id, so that for preference methods an abstention is the worse answer to what is known.
/// </summary>
public sealed class KnownFactsBuilder : PreparationBuilder
{
    // Drawn answers that the engine runs in one batch.
    private const int DrawnAtOnce = 64;

    // Share of unknown questions from which a language counts as not known at all.
    private const double LittleKnown = 0.8;

    private const string Known = "known", Unsure = "unsure", Unknown = "unknown", Unanswerable = "unanswerable", FalsePremise = "false_premise";

    public override string Name => "known_facts";

    public override IReadOnlyList<PreparedRow> Plan(PreparationContext context)
    {
        var options = context.Options<KnownFactsOptions>();
        if (options.Abstention.Count == 0 || options.AbstentionChinese.Count == 0)
        {
            throw new InvalidDataException("abstention: at least one sentence per language is needed.");
        }

        var random = new Random(options.Seed);
        List<PreparedRow> rows = [.. context.Items().Select((item, i) => Uploaded(item, i + 1))];
        if (options.UsePack)
        {
            rows.AddRange(OrdinaryPrompts.EmbeddedLines("hallucination_questions.jsonl").Where(q => q.Text("split") == "train").Select(q =>
                Question(q.Needed("id"), q.Needed("question"), q.Texts("answers"), q.Text("kind"), q.Text("correction"), q.Needed("language"))));
        }

        if (rows.GroupBy(r => r.Id).FirstOrDefault(g => g.Count() > 1) is { } twice)
        {
            throw new InvalidDataException($"Two questions have the id \"{twice.Key}\"; ids must differ.");
        }

        rows.AddRange(OrdinaryPrompts.Take(rows.Count, options.ReplayShare, random));
        return OrdinaryPrompts.Validated(rows, options.ValidationShare, random);
    }

    public override bool Asks(PreparationContext context, PreparedRow row) => true;

    public override int Tokens(PreparationContext context, PreparedRow row) => context.Options<KnownFactsOptions>().MaxAnswerTokens * (row.Group == PreparedGroups.Replay ? 2 : 1);

    public override async Task<IReadOnlyList<PreparedRow>> AnswerAsync(PreparationContext context, IReadOnlyList<PreparedRow> rows, CancellationToken cancellation)
    {
        var options = context.Options<KnownFactsOptions>();
        var given = new PreparedRow[rows.Count];
        foreach (var group in Enumerable.Range(0, rows.Count).GroupBy(i => Tokens(context, rows[i])))
        {
            var indices = group.ToList();
            List<AskedQuestion> questions = [.. indices.Select(i => new AskedQuestion(rows[i].Prompt, []))];
            var answers = await context.Model.AskWithConfidenceAsync(questions, group.Key, cancellation).ConfigureAwait(false);

            // What is answered wrong is not known, however often luck would hit it; so only right answers are asked again.
            List<int> right = [.. indices.Zip(answers).Where(p => IsFact(rows[p.First]) && Right(rows[p.First], p.Second)).Select(p => p.First)];
            var shares = right.Zip(await AgainRightAsync(context, [.. right.Select(i => rows[i])], options, cancellation).ConfigureAwait(false)).ToDictionary(p => p.First, p => p.Second);
            foreach (var (i, answer) in indices.Zip(answers))
            {
                given[i] = Judged(rows[i], answer, shares.TryGetValue(i, out var share) ? share : null, options);
            }
        }

        return given;
    }

    public override IReadOnlyList<PreparedRow> Finish(PreparationContext context, IReadOnlyList<PreparedRow> rows)
    {
        var options = context.Options<KnownFactsOptions>();
        List<PreparedRow> finished = [];
        Dictionary<string, int> turns = new(StringComparer.Ordinal);
        var known = rows.Where(r => r.Category == Known).ToLookup(r => r.Language);
        Dictionary<string, int> pairs = new(StringComparer.Ordinal);
        Dictionary<string, string> pairOf = new(StringComparer.Ordinal);
        var taught = rows.Where(r => r.Category is Known or Unsure or Unknown).GroupBy(r => r.Language).SelectMany(g => Taught([.. g], options)).ToHashSet(StringComparer.Ordinal);
        foreach (var row in rows)
        {
            var own = row.Category == Unknown && !taught.Contains(row.Id) ? row with { State = ReviewState.Rejected, Note = "Answered wrong, but with some confidence; abstaining here would cost right answers elsewhere." } : row;
            if (own is { Wanted: Wanted.Abstain, Answer.Length: 0 })
            {
                var words = own.Language == "zh" ? options.AbstentionChinese : options.Abstention;
                own = own with { Answer = words[turns[own.Language] = (turns.GetValueOrDefault(own.Language, -1) + 1) % words.Count] };
            }

            if (own is { Category: Unknown } && own.State != ReviewState.Rejected && pairs.GetValueOrDefault(own.Language) is var next && next < known[own.Language].Count())
            {
                pairs[own.Language] = next + 1;
                own = own with { PairId = "fact-" + own.Id };
                pairOf[known[own.Language].ElementAt(next).Id] = own.PairId;
            }

            finished.Add(own);
        }

        var copied = finished.SelectMany(r => Copies(r.Category == Known && pairOf.TryGetValue(r.Id, out var pair) ? r with { PairId = pair } : r, options))
            .Select(r => r.Wanted == Wanted.Abstain ? r with { Weight = options.AbstainWeight == 1 ? null : options.AbstainWeight }
                : r.Category is Known or Unsure ? r with { KeptWords = options.KnownWords }
                : r);
        return SystemTurns.Emptied([.. copied], context.Model, options.EmptySystemShare, new Random(options.Seed));
    }

    /// <summary>Questions of a language that become abstentions: the least sure ones; all of them where the model knows so little of it that abstaining costs nothing.</summary>
    private static IEnumerable<string> Taught(List<PreparedRow> facts, KnownFactsOptions options)
    {
        var unknown = facts.Where(r => r.Category == Unknown).OrderBy(r => r.Confidence ?? 0).ToList();
        var share = unknown.Count > LittleKnown * facts.Count ? 1 : options.AbstainShare;
        return unknown.Take((int)Math.Round(unknown.Count * share)).Select(r => r.Id);
    }

    private static IEnumerable<PreparedRow> Copies(PreparedRow row, KnownFactsOptions options)
    {
        yield return row;
        for (var copy = 2; copy <= options.KnownCopies && row.Category is Known && row.Split == PreparedSplit.Train; copy++)
        {
            yield return row with { Id = string.Create(CultureInfo.InvariantCulture, $"{row.Id}/{copy}"), PairId = null };
        }
    }

    private static bool IsFact(PreparedRow row) => row.Group != PreparedGroups.Replay && row.Category is not (Unanswerable or FalsePremise);

    private static bool Right(PreparedRow row, GivenAnswer answer) => Hallucination.Verdict(answer.Text, row.Expected ?? []) == FactVerdict.Right;

    /// <summary>The share of drawn answers that are right, of each row.</summary>
    private static async Task<List<double>> AgainRightAsync(PreparationContext context, IReadOnlyList<PreparedRow> rows, KnownFactsOptions options, CancellationToken cancellation)
    {
        List<double> shares = [];
        if (options.Samples == 0)
        {
            return [.. Enumerable.Repeat(1.0, rows.Count)];
        }

        foreach (var some in rows.Chunk(Math.Max(1, DrawnAtOnce / options.Samples)))
        {
            var drawn = await context.Model.SampleAsync(
                [.. some.SelectMany(r => Enumerable.Repeat(new AskedQuestion(r.Prompt, []), options.Samples))],
                options.MaxAnswerTokens,
                new SamplingOptions { Temperature = options.Temperature, TopP = 0.95 },
                (ulong)(options.Seed + (shares.Count * options.Samples)),
                cancellation).ConfigureAwait(false);
            shares.AddRange(some.Select((row, i) => (double)drawn.Skip(i * options.Samples).Take(options.Samples).Count(d => Right(row, d)) / options.Samples));
        }

        return shares;
    }

    /// <param name="again">Share of drawn answers that are right; null where the most likely answer is wrong.</param>
    private static PreparedRow Judged(PreparedRow row, GivenAnswer answer, double? again, KnownFactsOptions options)
    {
        var text = answer.Text.TrimEnd('\uFFFD').Trim();
        var asked = row with { BaseAnswer = text, BaseUnfinished = !answer.Stopped, Confidence = answer.Confidence };
        if (row.Group == PreparedGroups.Replay)
        {
            return asked with { Answer = text, Unfinished = !answer.Stopped };
        }

        if (!IsFact(row))
        {
            return asked;
        }

        asked = asked with { Category = again is not { } share ? Unknown : share >= options.KnownShare ? Known : Unsure };
        return asked.Category switch
        {
            Unknown => asked with { Wanted = Wanted.Abstain },
            Unsure when options.Unsure == "abstain" => asked with { Wanted = Wanted.Abstain },
            Unsure when options.Unsure == "leave_out" => asked with { Answer = text, Unfinished = !answer.Stopped, State = ReviewState.Rejected, Note = "The model is unsure." },
            _ => asked with { Answer = text, Unfinished = !answer.Stopped },
        };
    }

    private static PreparedRow Uploaded(UploadedRow item, int number)
    {
        var question = item.Text("question") ?? item.Text("prompt") ?? throw item.Wrong("there is no question; use the fields question and answers");
        var answers = item.Fields["answers"] switch
        {
            JsonArray list when list.All(n => n?.GetValueKind() is JsonValueKind.String or JsonValueKind.Number) => [.. list.Select(n => n!.ToString())],
            null => item.Text("answer") is { } one ? [one] : [],
            _ => (IReadOnlyList<string>)(item.Text("answers") is { } text ? [text] : throw item.Wrong("answers must be a text or a list of texts")),
        };
        var kind = item.Text("kind");
        if (kind is not (null or "known_fact" or Unanswerable or FalsePremise))
        {
            throw item.Wrong($"kind is \"{kind}\"; use known_fact, unanswerable or false_premise");
        }

        var correction = item.Text("correction");
        if (kind == FalsePremise && correction is null)
        {
            throw item.Wrong("a false premise needs a correction, one full sentence");
        }

        return Question(item.Text("id") ?? string.Create(CultureInfo.InvariantCulture, $"uploaded-{number}"), question, answers, kind, correction, item.Text("language") ?? (RowFields.IsChinese(question) ? "zh" : "en"));
    }

    /// <summary>A question without answers is one that nobody can answer.</summary>
    private static PreparedRow Question(string id, string question, IReadOnlyList<string> answers, string? kind, string? correction, string language)
    {
        var nobody = kind == Unanswerable || (answers.Count == 0 && kind != FalsePremise);
        return new PreparedRow
        {
            Id = id,
            Group = PreparedGroups.Question,
            Category = kind == FalsePremise ? FalsePremise : nobody ? Unanswerable : null,
            Language = language,
            Prompt = question,
            Wanted = nobody ? Wanted.Abstain : Wanted.Answer,
            Answer = kind == FalsePremise ? correction ?? "" : "",
            Expected = answers,
        };
    }
}
