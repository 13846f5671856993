using System.Text.Json.Nodes;
using Studio.Data.Evaluation;
using Studio.Testing;
using Studio.Training.Checkpoints;
using Studio.Training.Evaluation;
using Studio.Training.Evaluation.Suites;
using Studio.Training.Generation;

namespace Studio.Training.Tests.Golden;

/// <summary>Log-likelihoods, multiple choice and perplexity against lm-evaluation-harness and transformers (<c>metrics</c>, on <c>trajectories/base</c>).</summary>
public sealed class EvaluationGoldenTests
{
    private static readonly Lazy<PretrainedModel> Model = new(() => PretrainedModel.Load(GoldenFolder.Under("trajectories", "base")));

    public static IEnumerable<object[]> Tasks() => GoldenJson.Rows("metrics", "harness.json", f => f["tasks"]!.AsArray(), (c, _) => (string)c["task"]!);

    public static IEnumerable<object[]> Texts() => GoldenJson.Rows("metrics", "perplexity.json", f => f["cases"]!.AsArray(), (c, _) => $"max_length {c["max_length"]}, stride {c["stride"]}, {c["input_ids"]!.AsArray().Count} tokens");

    [SkippableTheory]
    [MemberData(nameof(Tasks))]
    public void LogLikelihoodsOfRequests(int index, string name)
    {
        SkipWithout(index, name);
        var scorer = new LogLikelihoods(Model.Value, null);
        foreach (var item in Read("harness.json", "tasks", index)["items"]!.AsArray())
        {
            var requests = item!["requests"]!.AsArray().Select(r => ((string)r![0]!, (string)r[1]!)).ToList();
            var scores = scorer.Of(requests, CancellationToken.None);
            var sums = item["loglikelihoods"].Doubles();
            Assert.Equal(requests.Count, scores.Count);
            for (var i = 0; i < scores.Count; i++)
            {
                Assert.True(Math.Abs(sums[i] - scores[i].Sum) < 1e-4, $"document {item["doc_id"]}, request {i}: {scores[i].Sum}, expected {sums[i]}");
                Assert.Equal((bool)item["is_greedy"]![i]!, scores[i].IsGreedy);
            }
        }
    }

    [SkippableTheory]
    [MemberData(nameof(Tasks))]
    public async Task MultipleChoiceAccuracies(int index, string name)
    {
        SkipWithout(index, name);
        var task = Read("harness.json", "tasks", index);
        using var engine = new Engine(Model.Value, "base");
        var model = new EvaluatedModel(Model.Value, engine, null, null, TimeProvider.System);
        var runner = new MultipleChoice(" ");
        var use = new SuiteUse(runner.Name) { Items = GoldenFolder.Under("metrics", "lm_eval_task", "mc.jsonl"), Shots = name.Contains("2shot", StringComparison.Ordinal) ? 2 : 0 };
        var rows = SuiteRows.Read(runner, use, 42, path => path);
        var answers = await runner.AnswerAsync(model, use, rows.Items, CancellationToken.None);
        var items = task["items"]!.AsArray();
        Assert.Equal(items.Count, answers.Count);
        string[] metrics = [.. new[] { "acc", "acc_norm", "acc_bytes", "acc_mutual_info" }.Where(m => task["results"]![m] is not null)];
        for (var i = 0; i < items.Count; i++)
        {
            foreach (var metric in metrics)
            {
                Assert.True((double)items[i]![metric]! == answers[i].Scores[metric], $"document {i}: {metric} is {answers[i].Scores[metric]}");
            }
        }

        var evaluated = answers.Select((a, i) => new EvaluatedItem { Id = rows.Items[i].Id, Prompt = rows.Items[i].Prompt, Answer = a.Text, Scores = a.Scores }).ToList();
        var measures = SuiteMeasures.Of(runner, evaluated, 42);
        foreach (var metric in metrics)
        {
            var measure = measures.Single(m => m.Metric == metric);
            Assert.Equal((double)task["results"]![metric]!, measure.Value, 12);
            Assert.Equal(items.Count, measure.N);
            Assert.InRange(measure.Value, measure.Low!.Value, measure.High!.Value);
        }
    }

    [SkippableTheory]
    [MemberData(nameof(Texts))]
    public void StridedPerplexity(int index, string name)
    {
        SkipWithout(index, name);
        var text = Read("perplexity.json", "cases", index);
        var windows = TextWindows.Strided(text["input_ids"].Ints(), (int)text["max_length"]!, (int)text["stride"]!);
        var expected = text["windows"]!.AsArray();
        var scores = new LogLikelihoods(Model.Value, null).OfTokens(windows, CancellationToken.None);
        Assert.Equal(expected.Count, windows.Count);
        for (var i = 0; i < windows.Count; i++)
        {
            Assert.Equal((int)expected[i]!["scored"]!, scores[i].Tokens);
            Assert.Equal((double)expected[i]!["mean_nll"]!, -scores[i].Sum / scores[i].Tokens, 1e-4);
        }

        var nll = -scores.Sum(s => s.Sum) / scores.Sum(s => s.Tokens);
        Assert.Equal((int)text["exact"]!["tokens"]!, scores.Sum(s => s.Tokens));
        Assert.Equal((double)text["exact"]!["nll"]!, nll, 1e-4);
        Assert.Equal((double)text["exact"]!["perplexity"]!, Math.Exp(nll), 1e-2);
        var weights = expected.Select(w => (double)w!["documentation_weight"]!).ToArray();
        var documented = scores.Select((s, i) => -s.Sum / s.Tokens * weights[i]).Sum() / weights.Sum();
        Assert.Equal((double)text["documentation"]!["nll"]!, documented, 1e-4);
    }

    [SkippableTheory]
    [MemberData(nameof(Texts))]
    public void RollingLogLikelihood(int index, string name)
    {
        SkipWithout(index, name);
        var text = Read("perplexity.json", "cases", index);
        var scorer = new LogLikelihoods(Model.Value, null);
        foreach (var rolling in text["rolling"]!.AsArray())
        {
            var prefix = (int)rolling!["prefix_token"]!;
            Assert.Equal(prefix, scorer.PrefixToken);
            var windows = TextWindows.Rolling(text["input_ids"].Ints(), prefix, (int)text["max_length"]!, (int)rolling["context_len"]!);
            Assert.Equal(rolling["windows"]!.AsArray().Select(w => ((int)w!["context"]!, (int)w["scored"]!)), windows.Select(w => (w.Context.Count, w.Scored.Count)));
            var total = scorer.OfTokens(windows, CancellationToken.None).Sum(s => s.Sum);
            Assert.True(Math.Abs((double)rolling["loglikelihood"]! - total) < 1e-3, $"{total}, expected {rolling["loglikelihood"]}");
        }
    }

    private static void SkipWithout(int index, string name)
    {
        Skip.If(index < 0, name);
        Skip.IfNot(GoldenFolder.Has("trajectories", "base", "config.json"), "trajectories/base is not in the golden folder.");
    }

    private static JsonNode Read(string file, string list, int index) => GoldenJson.Read("metrics", file)[list]![index]!;
}
