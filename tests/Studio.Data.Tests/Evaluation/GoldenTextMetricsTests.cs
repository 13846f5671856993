using System.Text.Json.Nodes;
using Studio.Data.Evaluation.Text;

namespace Studio.Data.Tests.Evaluation;

/// <summary>metrics/overlap.json, rouge.json and qa.json against sacrebleu, rouge_score and lm_eval, to 1e-6.</summary>
public sealed class GoldenTextMetricsTests
{
    private const double Tolerance = 1e-6;

    public static IEnumerable<object[]> BleuCases() => GoldenMetrics.Cases("overlap.json", "bleu");

    public static IEnumerable<object[]> ChrfTerCases() => GoldenMetrics.Cases("overlap.json", "chrf_ter");

    public static IEnumerable<object[]> RougeCases() => GoldenMetrics.Cases("rouge.json", "cases");

    public static IEnumerable<object[]> AnswerCases() => GoldenMetrics.Cases("qa.json", "cases");

    public static IEnumerable<object[]> ExactMatchCases() => GoldenMetrics.Cases("qa.json", "exact_match");

    [SkippableTheory]
    [MemberData(nameof(BleuCases))]
    public void Metrics_bleu(string name)
    {
        var c = GoldenMetrics.Case("overlap.json", name);
        var (hypotheses, references) = Set(c);
        var o = c["options"]!.AsObject();
        var options = new BleuOptions();
        options = options with
        {
            Tokenize = (string?)o["tokenize"] ?? options.Tokenize,
            Lowercase = (bool?)o["lowercase"] ?? false,
            SmoothMethod = (string?)o["smooth_method"] ?? options.SmoothMethod,
            SmoothValue = (double?)o["smooth_value"],
            MaxNgramOrder = (int?)o["max_ngram_order"] ?? options.MaxNgramOrder,
            EffectiveOrder = (bool?)o["effective_order"] ?? false,
        };
        var score = Bleu.Corpus(hypotheses, references, options);
        Near(c["score"]!, score.Score);
        Near(c["precisions"]!, score.Precisions);
        Near(c["counts"]!, score.Counts);
        Near(c["totals"]!, score.Totals);
        Near(c["bp"]!, score.BrevityPenalty);
        Assert.Equal(((int)c["sys_len"]!, (int)c["ref_len"]!), (score.HypothesisLength, score.ReferenceLength));
        Near(c["sentence_scores"]!, [.. hypotheses.Select((h, i) => Bleu.Sentence(h, [.. references.Select(r => r[i])], options).Score)]);
    }

    [SkippableTheory]
    [MemberData(nameof(ChrfTerCases))]
    public void Metrics_chrf_and_ter(string name)
    {
        var c = GoldenMetrics.Case("overlap.json", name);
        var (hypotheses, references) = Set(c);
        var o = c["options"]!.AsObject();
        bool Flag(string option) => (bool?)o[option] ?? false;
        if ((string)c["metric"]! == "CHRF")
        {
            var options = new ChrfOptions
            {
                CharOrder = (int?)o["char_order"] ?? 6,
                WordOrder = (int?)o["word_order"] ?? 0,
                Beta = (double?)o["beta"] ?? 2,
                Lowercase = Flag("lowercase"),
                Whitespace = Flag("whitespace"),
                EpsSmoothing = Flag("eps_smoothing"),
            };
            Near(c["score"]!, Chrf.Corpus(hypotheses, references, options));
            Near(c["sentence_scores"]!, [.. hypotheses.Select((h, i) => Chrf.Sentence(h, [.. references.Select(r => r[i])], options))]);
        }
        else
        {
            var options = new TerOptions { Normalized = Flag("normalized"), NoPunct = Flag("no_punct"), AsianSupport = Flag("asian_support"), CaseSensitive = Flag("case_sensitive") };
            Near(c["score"]!, Ter.Corpus(hypotheses, references, options));
            Near(c["sentence_scores"]!, [.. hypotheses.Select((h, i) => Ter.Sentence(h, [.. references.Select(r => r[i])], options))]);
        }
    }

    [SkippableTheory]
    [MemberData(nameof(RougeCases))]
    public void Metrics_rouge(string name)
    {
        var c = GoldenMetrics.Case("rouge.json", name);
        var stem = (bool?)c["use_stemmer"] ?? false;
        string[] Tokenize(string text) => c["tokenizer"] is null ? Rouge.Words(text, stem) : Rouge.Characters(text);
        var (reference, hypothesis) = ((string)c["reference"]!, (string)c["hypothesis"]!);
        if (c["tokens_reference"] is JsonArray tokens)
        {
            Assert.Equal(tokens.Select(t => (string)t!), Tokenize(reference));
            Assert.Equal(c["tokens_hypothesis"]!.AsArray().Select(t => (string)t!), Tokenize(hypothesis));
        }

        foreach (var (kind, expected) in c["scores"]!.AsObject())
        {
            var score = kind switch
            {
                "rouge1" => Rouge.Ngram(Tokenize(reference), Tokenize(hypothesis), 1),
                "rouge2" => Rouge.Ngram(Tokenize(reference), Tokenize(hypothesis), 2),
                "rougeL" => Rouge.Longest(Tokenize(reference), Tokenize(hypothesis)),
                "rougeLsum" => Rouge.LongestSummary(reference, hypothesis, Tokenize),
                _ => throw new InvalidOperationException(kind),
            };
            Near(expected!["precision"]!, score.Precision);
            Near(expected["recall"]!, score.Recall);
            Near(expected["fmeasure"]!, score.FMeasure);
        }
    }

    [SkippableTheory]
    [MemberData(nameof(AnswerCases))]
    public void Metrics_answers(string name)
    {
        var c = GoldenMetrics.Case("qa.json", name);
        var prediction = (string)c["prediction"]!;
        var golds = c["golds"]!.AsArray().Select(g => (string)g!).ToList();
        Assert.Equal((string)c["normalized_prediction"]!, AnswerMatch.Normalize(prediction));
        Assert.Equal(c["normalized_golds"]!.AsArray().Select(g => (string)g!), golds.Select(AnswerMatch.Normalize));
        Near(c["exact_match"]!, AnswerMatch.ExactMatch(prediction, golds));
        Near(c["f1"]!, AnswerMatch.F1(prediction, golds));
        if (c["mlqa"] is JsonObject mlqa)
        {
            var language = (string)mlqa["lang"]!;
            Assert.Equal((string)mlqa["normalized_prediction"]!, AnswerMatch.Normalize(prediction, language));
            Assert.Equal(mlqa["normalized_golds"]!.AsArray().Select(g => (string)g!), golds.Select(g => AnswerMatch.Normalize(g, language)));
            Near(mlqa["exact_match"]!, AnswerMatch.ExactMatch(prediction, golds, language));
            Near(mlqa["f1"]!, AnswerMatch.F1(prediction, golds, language));
        }
    }

    [SkippableTheory]
    [MemberData(nameof(ExactMatchCases))]
    public void Metrics_exact_match(string name)
    {
        var c = GoldenMetrics.Case("qa.json", name);
        var o = c["options"]!.AsObject();
        bool Flag(string option) => (bool?)o[option] ?? false;
        Near(c["exact_match"]!, AnswerMatch.ExactMatch(Texts(c["predictions"]!), Texts(c["references"]!), (o["regexes_to_ignore"] as JsonArray)?.Select(r => (string)r!).ToList(), Flag("ignore_case"), Flag("ignore_punctuation"), Flag("ignore_numbers")));
    }

    private static (IReadOnlyList<string> Hypotheses, IReadOnlyList<IReadOnlyList<string>> References) Set(JsonNode c)
    {
        var set = GoldenMetrics.Read("overlap.json")["sets"]!.AsArray().Single(s => (string)s!["name"]! == (string)c["set"]!)!;
        return (Texts(set["hyps"]!), [.. set["refs"]!.AsArray().Select(r => (IReadOnlyList<string>)Texts(r!))]);
    }

    private static List<string> Texts(JsonNode node) => [.. node.AsArray().Select(t => (string)t!)];

    private static void Near(JsonNode expected, double actual) => Assert.Equal((double)expected, actual, Tolerance);

    private static void Near(JsonNode expected, IReadOnlyList<double> actual)
    {
        Assert.Equal(expected.AsArray().Count, actual.Count);
        for (var i = 0; i < actual.Count; i++)
        {
            Near(expected[i]!, actual[i]);
        }
    }
}
