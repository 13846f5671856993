using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Studio.Data.Preparation;
using Studio.Training.Evaluation;

namespace Studio.Training.Preparation.Builders;

/// <summary>
/// Rows for "answer from the document": question and passage, answered with the quoted place, or with "not stated" where the passage does not say.
/// Questions are also put to their own passage without the sentence that answers them, so that nothing but the answer tells the two cases apart, and to other passages.
/// </summary>
public sealed partial class GroundedBuilder : PreparationBuilder
{
    private const string Stated = "stated", NotStated = "not_stated";

    public override string Name => "grounded";

    public override IReadOnlyList<PreparedRow> Plan(PreparationContext context)
    {
        var options = context.Options<GroundedOptions>();
        var random = new Random(options.Seed);
        List<Asked> asked = [.. context.Items().Select((item, i) => Uploaded(item, i + 1))];
        if (options.UsePack)
        {
            asked.AddRange(Pack());
        }

        List<PreparedRow> rows = [.. asked.Select(a => Row(a.Id, a.Passage, a)), .. Removed(asked, options.RemovedPerQuestion, random), .. Mismatched(asked, options.MismatchedPerQuestion, random)];
        if (rows.GroupBy(r => r.Id).FirstOrDefault(g => g.Count() > 1) is { } twice)
        {
            throw new InvalidDataException($"Two questions have the id \"{twice.Key}\"; ids must differ.");
        }

        rows.AddRange(OrdinaryPrompts.Take(rows.Count, options.ReplayShare, random));
        return OrdinaryPrompts.Validated(rows, options.ValidationShare, random);
    }

    public override bool Asks(PreparationContext context, PreparedRow row) => row.Group == PreparedGroups.Replay || context.Options<GroundedOptions>().BaseAnswers;

    public override int Tokens(PreparationContext context, PreparedRow row) => context.Options<GroundedOptions>().MaxAnswerTokens * (row.Group == PreparedGroups.Replay ? 2 : 1);

    public override async Task<IReadOnlyList<PreparedRow>> AnswerAsync(PreparationContext context, IReadOnlyList<PreparedRow> rows, CancellationToken cancellation)
    {
        var given = await context.Model.AskAsync([.. rows.Select(r => new AskedQuestion(r.Prompt, []))], rows.Max(r => Tokens(context, r)), cancellation).ConfigureAwait(false);
        return [.. rows.Zip(given, (row, answer) =>
        {
            var text = answer.Text.TrimEnd('\uFFFD').Trim();
            var asked = row with { BaseAnswer = text, BaseUnfinished = !answer.Stopped };
            return row.Group == PreparedGroups.Replay ? asked with { Answer = text, Unfinished = !answer.Stopped } : asked;
        })];
    }

    /// <summary>The sentence of a passage that holds an answer; null when none does.</summary>
    internal static string? Place(string passage, string answer) =>
        Sentence().Matches(passage).Select(m => m.Value.Trim()).FirstOrDefault(s => s.Contains(answer.Trim(), StringComparison.OrdinalIgnoreCase));

    public override IReadOnlyList<PreparedRow> Finish(PreparationContext context, IReadOnlyList<PreparedRow> rows) =>
        SystemTurns.Emptied(rows, context.Model, context.Options<GroundedOptions>().EmptySystemShare, new Random(context.Options<GroundedOptions>().Seed));

    /// <summary>A passage without the sentences that hold an answer; null when nothing would be left of it.</summary>
    internal static string? Without(string passage, string answer)
    {
        var holds = Sentence().Matches(passage).Where(m => m.Value.Contains(answer.Trim(), StringComparison.OrdinalIgnoreCase)).Select(m => m.Value).ToList();
        var rest = holds.Aggregate(passage, (text, sentence) => text.Replace(sentence, "", StringComparison.Ordinal));
        rest = Spaces().Replace(rest, " ").Trim();
        return holds.Count == 0 || rest.Length == 0 || rest.Contains(answer.Trim(), StringComparison.OrdinalIgnoreCase) ? null : rest;
    }

    private static IEnumerable<PreparedRow> Removed(List<Asked> asked, double perQuestion, Random random)
    {
        var stated = asked.Where(a => a.Answer is not null).ToArray();
        random.Shuffle(stated);
        return stated.Take((int)Math.Round(stated.Length * perQuestion))
            .Select(a => Without(a.Passage, a.Answer!) is { } rest ? Row(a.Id + "/removed", rest, a with { Answer = null, Text = null }) : null)
            .OfType<PreparedRow>();
    }

    private static IEnumerable<PreparedRow> Mismatched(List<Asked> asked, double perQuestion, Random random)
    {
        var order = asked.ToArray();
        random.Shuffle(order);
        for (var i = 0; i < (int)Math.Round(order.Length * perQuestion); i++)
        {
            var question = order[i % order.Length];
            var others = asked.Where(a => a.Language == question.Language && a.Passage != question.Passage && (question.Answer is null || !a.Passage.Contains(question.Answer, StringComparison.OrdinalIgnoreCase))).Select(a => a.Passage).Distinct(StringComparer.Ordinal).ToList();
            if (others.Count > 0)
            {
                yield return Row(string.Create(CultureInfo.InvariantCulture, $"{question.Id}/other-{i + 1}"), others[random.Next(others.Count)], question with { Answer = null, Text = null });
            }
        }
    }

    private static PreparedRow Row(string id, string passage, Asked asked) => new()
    {
        Id = id,
        Group = PreparedGroups.Question,
        Category = asked.Text is null ? NotStated : Stated,
        Language = asked.Language,
        Prompt = GroundedPrompt.Of(passage, asked.Question),
        Wanted = asked.Text is null ? Wanted.Abstain : Wanted.Answer,
        Answer = asked.Text ?? (asked.Language == "zh" ? GroundedPrompt.NotStatedChinese : GroundedPrompt.NotStated),
        Expected = asked.Answer is { } answer ? [answer] : [],
    };

    private static Asked Uploaded(UploadedRow item, int number)
    {
        var passage = item.Text("passage") ?? item.Text("context") ?? throw item.Wrong("there is no passage; use the fields passage, question and answer");
        var question = item.Text("question") ?? throw item.Wrong("there is no question; use the fields passage, question and answer");
        var answer = item.Fields["answers"] is JsonArray { Count: > 0 } list ? list[0]?.ToString() : item.Text("answer");
        var id = item.Text("id") ?? string.Create(CultureInfo.InvariantCulture, $"uploaded-{number}");
        var language = RowFields.IsChinese(question) ? "zh" : "en";
        if (string.IsNullOrWhiteSpace(answer))
        {
            return new Asked(id, language, passage, question, null, null);
        }

        var quote = item.Text("quote") ?? Place(passage, answer);
        if (quote is null || !passage.Contains(quote, StringComparison.OrdinalIgnoreCase))
        {
            throw item.Wrong($"the {(item.Text("quote") is null ? "answer" : "quote")} does not stand in the passage; give in \"quote\" the words of the passage that prove the answer");
        }

        return new Asked(id, language, passage, question, answer, GroundedPrompt.Answer(answer, quote, language == "zh"));
    }

    private static IEnumerable<Asked> Pack() => SampleDataset().Concat(SampleDocuments());

    private static IEnumerable<Asked> SampleDocuments()
    {
        foreach (var document in OrdinaryPrompts.EmbeddedLines("grounded_documents.jsonl"))
        {
            var (id, language, passage, number) = (document.Needed("id"), document.Needed("language"), document.Needed("passage"), 0);
            foreach (var row in document["questions"]!.AsArray().Select(n => n!.AsObject()))
            {
                var answer = row.Needed("answer");
                yield return new Asked(string.Create(CultureInfo.InvariantCulture, $"{id}/{++number}"), language, passage, row.Needed("question"), answer, GroundedPrompt.Answer(answer, Place(passage, answer)!, language == "zh"));
            }

            foreach (var question in document.Texts("not_stated"))
            {
                yield return new Asked(string.Create(CultureInfo.InvariantCulture, $"{id}/{++number}"), language, passage, question, null, null);
            }
        }
    }

    /// <summary>The sample dataset of document questions, whose answers are followed by their quotation.</summary>
    private static IEnumerable<Asked> SampleDataset()
    {
        var number = 0;
        foreach (var row in JsonNode.Parse(EmbeddedFile.Read("document_questions.json"))!.AsArray().Select(n => n!.AsObject()))
        {
            var instruction = row.Needed("instruction");
            var question = instruction[(instruction.IndexOf('\n', StringComparison.Ordinal) + 1)..];
            var output = row.Needed("output");
            var language = RowFields.IsChinese(question) ? "zh" : "en";
            var stated = !output.StartsWith(GroundedPrompt.NotStated, StringComparison.Ordinal) && !output.StartsWith(GroundedPrompt.NotStatedChinese, StringComparison.Ordinal);
            var found = stated ? Answer().Match(output) : null;
            var answer = found?.Groups["answer"].Value;
            yield return new Asked(string.Create(CultureInfo.InvariantCulture, $"document-{++number}"), language, row.Needed("input"), question, answer, found is null ? null : GroundedPrompt.Answer(answer!, found.Groups["quote"].Value, language == "zh"));
        }
    }

    // A stop ends a sentence only before a new beginning ("9 a.m. and", "3.50" go on), and not after a title.
    [GeneratedRegex("""\S.*?(?:(?<!\b(?:Mr|Mrs|Ms|Dr|St|Prof|No))[.!?](?=\s+[\p{Lu}\d"“(]|\s*$)|[。！？]|$)""", RegexOptions.CultureInvariant | RegexOptions.Singleline)]
    private static partial Regex Sentence();

    [GeneratedRegex(@"\s+", RegexOptions.CultureInvariant)]
    private static partial Regex Spaces();

    [GeneratedRegex("""^(?<answer>.*?)[.。]\s*(?:The passage says: "|原文：“)(?<quote>.*)["”][.。]$""", RegexOptions.CultureInvariant | RegexOptions.Singleline)]
    private static partial Regex Answer();

    /// <param name="Answer">The bare answer; null where the passage does not say.</param>
    /// <param name="Text">What training teaches; null where the passage does not say.</param>
    private sealed record Asked(string Id, string Language, string Passage, string Question, string? Answer, string? Text);
}
