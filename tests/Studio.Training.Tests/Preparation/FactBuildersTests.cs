using System.Text.Json.Nodes;
using Studio.Data.Datasets;
using Studio.Data.Examples;
using Studio.Data.Jobs;
using Studio.Data.Preparation;
using Studio.Testing;
using Studio.Training.Checkpoints;
using Studio.Training.Evaluation;
using Studio.Training.Generation;
using Studio.Training.Preparation;
using Studio.Training.Preparation.Builders;

namespace Studio.Training.Tests.Preparation;

/// <summary>Rows for "say only what you know" and "answer from the document".</summary>
public sealed class FactBuildersTests : IDisposable
{
    private readonly string root = Directory.CreateTempSubdirectory("facts-").FullName;

    public void Dispose() => Directory.Delete(root, recursive: true);

    [Fact]
    public void EveryKindHasABuilder() => Assert.Equal(Preparations.All.Select(p => p.Name).Order(), PreparationBuilders.All.Select(b => b.Name).Order());

    [SkippableFact]
    public async Task WhatTheModelKnowsItKeepsAndTheRestBecomesAnAbstention()
    {
        Skip.IfNot(GoldenFolder.Has("trajectories", "base", "config.json"), "trajectories/base is not in the golden folder.");
        using var model = PretrainedModel.Load(GoldenFolder.Under("trajectories", "base"));
        using var engine = new Engine(model, "base");
        var evaluated = new EvaluatedModel(model, engine, null, null, TimeProvider.System);
        var said = (await evaluated.AskAsync([new AskedQuestion("w10 w11", [])], 6, CancellationToken.None))[0].Text;
        var known = said.Split(' ', StringSplitOptions.RemoveEmptyEntries)[0];
        File.WriteAllLines(Path.Combine(root, "questions.jsonl"),
        [
            $$"""{"id":"k","question":"w10 w11","answers":["{{known}}"]}""",
            """{"id":"u","question":"w12 w13","answers":["w400"]}""",
            """{"id":"u2","question":"w16 w17","answers":["w400"]}""",
            """{"id":"n","question":"w14?","answers":[]}""",
            """{"id":"f","question":"w15?","kind":"false_premise","answers":["w401"],"correction":"w401 w402."}""",
        ]);
        var context = Context("known_facts", new JsonObject { ["use_pack"] = false, ["samples"] = 0, ["replay_share"] = 0, ["validation_share"] = 0, ["max_answer_tokens"] = 8, ["known_copies"] = 2, ["known_words"] = 5, ["abstain_share"] = 0.5, ["abstention"] = new JsonArray("No idea.", "I do not know.") }) with { Model = evaluated };
        var builder = new KnownFactsBuilder();
        var planned = builder.Plan(context);
        Assert.Equal(["k", "u", "u2", "n", "f"], planned.Select(r => r.Id));
        var rows = builder.Finish(context, await builder.AnswerAsync(context, planned, CancellationToken.None)).ToDictionary(r => r.Id);
        Assert.Equal(6, rows.Count);
        Assert.Equal(("known", Wanted.Answer), (rows["k"].Category, rows["k"].Wanted));
        Assert.Contains(known, rows["k"].Answer, StringComparison.Ordinal);
        Assert.Equal(rows["k"].Answer, rows["k/2"].Answer);
        Assert.Equal([5, 5, null], new[] { rows["k"].KeptWords, rows["k/2"].KeptWords, rows["u"].KeptWords });
        Assert.Equal([null, 0.5, 0.5, null], new[] { rows["k"].Weight, rows["u"].Weight, rows["n"].Weight, rows["f"].Weight });
        var (least, other) = rows["u"].Confidence < rows["u2"].Confidence ? ("u", "u2") : ("u2", "u");
        Assert.Equal(ReviewState.Proposed, rows[least].State);
        Assert.Equal(ReviewState.Rejected, rows[other].State);
        Assert.Equal(["I do not know.", "No idea."], new[] { rows["u"].Answer, rows["u2"].Answer }.Order());
        Assert.Equal(("unanswerable", Wanted.Abstain, "No idea."), (rows["n"].Category, rows["n"].Wanted, rows["n"].Answer));
        Assert.Equal("w401 w402.", rows["f"].Answer);

        // An abstention is the worse answer to what is known, the base's guess to what is not.
        var pairs = PreparedExamples.Of(ExampleKind.Preference, rows.Values).Cast<PreferenceExample>().ToList();
        Assert.Contains(pairs, p => p.Prompt[0].Content == "w10 w11" && p.Rejected[0].Content == rows[least].Answer);
        Assert.Contains(pairs, p => p.Prompt[0].Content == rows[least].Prompt && p.Chosen[0].Content == rows[least].Answer);
    }

    [Fact]
    public void ThePackOfQuestionsIsPlannedWithoutItsHeldBackPart()
    {
        var rows = new KnownFactsBuilder().Plan(Context("known_facts", new JsonObject { ["replay_share"] = 0.1 }));
        Assert.Equal(1390, rows.Count(r => r.Group == PreparedGroups.Question));
        Assert.Equal(154, rows.Count(r => r.Group == PreparedGroups.Replay));
        Assert.All(rows.Where(r => r.Category == "false_premise"), r => Assert.NotEmpty(r.Answer));
        Assert.Contains(rows, r => r.Split == PreparedSplit.Validation);
    }

    [Fact]
    public void DocumentsAreAnsweredWithTheirPlaceOrNotAtAll()
    {
        File.WriteAllLines(Path.Combine(root, "questions.jsonl"),
        [
            """{"passage":"The shop opens at 9.30 a.m. It is closed on Monday.","question":"When is it closed?","answer":"Monday"}""",
            """{"passage":"The shop opens at 9.30 a.m. It is closed on Monday.","question":"Who owns it?","answer":""}""",
            """{"passage":"门票十元。儿童免费。","question":"门票多少钱？","answers":["十元"],"quote":"门票十元"}""",
        ]);
        var rows = new GroundedBuilder().Plan(Context("grounded", new JsonObject { ["use_pack"] = false, ["removed_per_question"] = 0, ["mismatched_per_question"] = 0, ["replay_share"] = 0, ["validation_share"] = 0 }));
        Assert.Equal(["Monday. The passage says: \"It is closed on Monday\".", "Not stated.", "十元。原文：“门票十元”。"], rows.Select(r => r.Answer));
        Assert.Equal([Wanted.Answer, Wanted.Abstain, Wanted.Answer], rows.Select(r => r.Wanted));
        Assert.Equal(["When is it closed?", "Who owns it?", "门票多少钱？"], rows.Select(r => r.Prompt.Split('\n')[^2]));
        Assert.All(rows, r => Assert.EndsWith(r.Language == "zh" ? "儿童免费。" : "on Monday.", r.Prompt, StringComparison.Ordinal));

        File.WriteAllText(Path.Combine(root, "questions.jsonl"), """{"passage":"A text.","question":"Who?","answer":"Nobody"}""");
        Assert.Contains("line 1", Assert.Throws<InvalidDataException>(() => new GroundedBuilder().Plan(Context("grounded", new JsonObject { ["use_pack"] = false }))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void QuestionsAreAlsoPutToPassagesThatDoNotAnswerThem()
    {
        var rows = new GroundedBuilder().Plan(Context("grounded", [], items: false));
        var others = rows.Where(r => r.Id.Contains("/other-", StringComparison.Ordinal)).ToList();
        Assert.Equal(35, others.Count);
        Assert.All(others, r => Assert.Equal(Wanted.Abstain, r.Wanted));
        Assert.Contains(rows, r => r.Expected is ["Their insurance card"]);
        var removed = rows.Where(r => r.Id.EndsWith("/removed", StringComparison.Ordinal)).ToList();
        Assert.NotEmpty(removed);
        foreach (var row in removed)
        {
            // Only the sentence that answers is gone.
            var stated = rows.Single(r => r.Id + "/removed" == row.Id);
            Assert.Equal(Wanted.Abstain, row.Wanted);
            Assert.DoesNotContain(stated.Expected![0], row.Prompt.Split('\n')[^1], StringComparison.OrdinalIgnoreCase);
            Assert.True(row.Prompt.Length < stated.Prompt.Length);
        }

        Assert.Equal(rows.Count, rows.Select(r => r.Id).Distinct().Count());
    }

    [Fact]
    public void EverySampleDocumentAnswersWithASentenceOfItsOwn()
    {
        var stated = new GroundedBuilder().Plan(Context("grounded", new JsonObject { ["replay_share"] = 0 }, items: false)).Where(r => r.Category == "stated" && r.Id.StartsWith("doc-", StringComparison.Ordinal)).ToList();
        Assert.Equal(161, stated.Count);
        Assert.All(stated, r => Assert.StartsWith(r.Expected![0], r.Answer, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("It costs 3.50 euros. Dogs are free.", "3.50 euros", "Dogs are free.")]
    [InlineData("It opens at 9 a.m. and closes at 7 p.m. Dogs are free.", "free", "It opens at 9 a.m. and closes at 7 p.m.")]
    [InlineData("门票十元。儿童免费。", "十元", "儿童免费。")]
    [InlineData("Only this.", "this", null)]
    [InlineData("Nothing here.", "euros", null)]
    public void APassageWithoutTheSentenceThatAnswers(string passage, string answer, string? rest) => Assert.Equal(rest, GroundedBuilder.Without(passage, answer));

    [Theory]
    [InlineData("It costs 3.50 euros. Dogs are free.", "3.50 euros", "It costs 3.50 euros.")]
    [InlineData("It opens at 9 a.m. and closes at 7 p.m. Ask Mr. Okafor.", "7 p.m.", "It opens at 9 a.m. and closes at 7 p.m.")]
    [InlineData("The caretaker is Mr. Okafor. Dogs are free.", "Mr. Okafor", "The caretaker is Mr. Okafor.")]
    [InlineData("门票十元。儿童免费。", "免费", "儿童免费。")]
    [InlineData("Nothing here.", "euros", null)]
    public void TheSentenceThatHoldsAnAnswer(string passage, string answer, string? place) => Assert.Equal(place, GroundedBuilder.Place(passage, answer));

    private PreparationContext Context(string kind, JsonObject options, bool items = true) => new(
        new PreparationSpec { PreparationId = "p", Kind = kind, BaseModel = new ModelReference("m", "tiny", root), Items = items && File.Exists(Path.Combine(root, "questions.jsonl")) ? ["questions.jsonl"] : [], Options = options },
        new JobFolder(root));
}
