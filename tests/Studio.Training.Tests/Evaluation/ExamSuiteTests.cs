using Studio.Data.Evaluation;
using Studio.Testing;
using Studio.Training.Checkpoints;
using Studio.Training.Evaluation;
using Studio.Training.Evaluation.Suites;
using Studio.Training.Generation;

namespace Studio.Training.Tests.Evaluation;

/// <summary>An exam from its published files to numbers per subject and category, on the tiny model.</summary>
public sealed class ExamSuiteTests : IDisposable
{
    private readonly string root = Directory.CreateTempSubdirectory("exam-suite-").FullName;

    public void Dispose() => Directory.Delete(root, recursive: true);

    [SkippableFact]
    public async Task DevelopmentQuestionsAreShotsAndSubjectsAreAveraged()
    {
        Skip.IfNot(GoldenFolder.Has("trajectories", "base", "config.json"), "trajectories/base is not in the golden folder.");
        foreach (var (name, text) in new[]
        {
            ("astronomy_dev.csv", "w1 w2?,w3,w4,w5,w6,B\nw7?,w8,w9,w10,w11,A\n"),
            ("astronomy_test.csv", "w12 w13?,w14,w15,w16,w17,C\nw18?,w19,w20,w21,w22,A\nw23?,w24,w25,w26,w27,D\n"),
            ("philosophy_test.csv", "w28?,w29,w30,w31,w32,B\n"),
        })
        {
            File.WriteAllText(Path.Combine(root, name), text);
        }

        var runner = new Exam();
        var use = new SuiteUse("exam") { Items = root, Shots = 5 };
        var rows = SuiteRows.Read(runner, use, 42, path => path);
        Assert.Equal(4, rows.Items.Count);
        Assert.Equal([2, 2, 2, 0], rows.Items.Select(i => i.Shots.Count));
        Assert.Equal("STEM/astronomy", rows.Items[0].Group);
        Assert.EndsWith("Answer:", rows.Items[0].Prompt, StringComparison.Ordinal);

        using var model = PretrainedModel.Load(GoldenFolder.Under("trajectories", "base"));
        using var engine = new Engine(model, "base");
        var answers = await runner.AnswerAsync(new EvaluatedModel(model, engine, null, null, TimeProvider.System), use, rows.Items, CancellationToken.None);
        var items = rows.Items.Zip(answers, (i, a) => new EvaluatedItem { Id = i.Id, Group = i.Group, Prompt = i.Prompt, Expected = i.Expected, Answer = a.Text, Scores = a.Scores }).ToList();
        Assert.All(items, i => Assert.Equal(i.Answer == i.Expected ? 1 : 0, i.Scores["acc"]));
        var measures = SuiteMeasures.Of(runner, items, 42);
        Assert.Equal(3, measures.Single(m => m is { Metric: "acc", Group: "STEM" }).N);
        Assert.Equal(3, measures.Single(m => m is { Metric: "acc", Group: "STEM/astronomy" }).N);
        Assert.Equal(items.GroupBy(i => i.Group).Average(g => g.Average(i => i.Scores["acc"])), measures.Single(m => m is { Metric: "acc_subjects", Group: null }).Value, 12);
    }
}
