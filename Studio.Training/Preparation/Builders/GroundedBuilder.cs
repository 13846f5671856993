using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Studio.Data.Preparation;
using Studio.Training.Evaluation;

namespace Studio.Training.Preparation.Builders;

/// <summary>
/// Rows for "answer from the document": question and passage, answered with the quoted place, or with "not stated" where the passage does not say. Questions are also put to passages that do not answer them.
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

        List<PreparedRow> rows = [.. asked.Select(a => Row(a.Id, a.Passage, a)), .. Mismatched(asked, options.MismatchedPerQuestion, random)];
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

    private static IEnumerable<PreparedRow> Mismatched(List<Asked> asked, double perQuestion, Random random)
    {
        var wanted = (int)Math.Round(asked.Count * perQuestion);
        var order = Enumerable.Range(0, wanted).Select(i => asked[i % Math.Max(1, asked.Count)]).ToArray();
        random.Shuffle(order);
        for (var i = 0; i < order.Length; i++)
        {
            var question = order[i];
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

    /// <summary>The sample dataset of document questions, whose answers already hold their quotation.</summary>
    private static IEnumerable<Asked> Pack()
    {
        var number = 0;
        foreach (var row in JsonNode.Parse(EmbeddedFile.Read("document_questions.json"))!.AsArray().Select(n => n!.AsObject()))
        {
            var instruction = row.Needed("instruction");
            var question = instruction[(instruction.IndexOf('\n', StringComparison.Ordinal) + 1)..];
            var output = row.Needed("output");
            var language = RowFields.IsChinese(question) ? "zh" : "en";
            var stated = !output.StartsWith(GroundedPrompt.NotStated, StringComparison.Ordinal) && !output.StartsWith(GroundedPrompt.NotStatedChinese, StringComparison.Ordinal);
            var answer = stated ? Answer().Match(output) is { Success: true } found ? found.Groups[1].Value : output : null;
            yield return new Asked(string.Create(CultureInfo.InvariantCulture, $"document-{++number}"), language, row.Needed("input"), question, answer, stated ? output : null);
        }
    }

    [GeneratedRegex(@"[^.!?。！？]+(?:[.!?](?!\s|$)[^.!?。！？]*)*[.!?。！？]?", RegexOptions.CultureInvariant)]
    private static partial Regex Sentence();

    [GeneratedRegex(@"^(.*?)[.。]\s*(?:The passage says|原文)", RegexOptions.CultureInvariant | RegexOptions.Singleline)]
    private static partial Regex Answer();

    /// <param name="Answer">The bare answer; null where the passage does not say.</param>
    /// <param name="Text">What training teaches; null where the passage does not say.</param>
    private sealed record Asked(string Id, string Language, string Passage, string Question, string? Answer, string? Text);
}
