using Studio.Data.Recipes;
using Studio.Testing;
using Studio.Training.Checkpoints;
using Studio.Training.Methods;

namespace Studio.Training.Tests.Methods;

public sealed class ExampleReaderTests : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory();

    public void Dispose() => folder.Delete(recursive: true);

    [SkippableFact]
    public void Rows_keep_their_order_and_what_is_left_out_is_told_with_its_line()
    {
        Skip.IfNot(GoldenFolder.Has("trajectories", "base"), "trajectories/base is not in the golden folder.");
        var path = Path.Combine(folder.FullName, "rows.jsonl");
        File.WriteAllLines(path, Enumerable.Range(1, 700).Select(i => i switch
        {
            3 => """{"kind": "chat", "messages": [{"role": "user", "content": "w9"}]}""",
            5 => $$"""{"kind": "text", "text": "{{string.Join(' ', Enumerable.Repeat("w7", 30))}}"}""",
            600 => $$"""{"kind": "chat", "line": 42, "messages": [{"role": "user", "content": "{{string.Join(' ', Enumerable.Repeat("w7", 30))}}"}, {"role": "assistant", "content": "w8"}]}""",
            _ => $$"""{"kind": "completion", "prompt": "w{{7 + (i % 200)}}", "completion": " w9 w10"}""",
        }));
        var reader = new ExampleReader(ModelText.Load(GoldenFolder.Under("trajectories", "base")), new DataOptions { MaxLength = 12, Packing = false });

        var (kept, report, _) = reader.Read(path, CancellationToken.None);

        Assert.Equal(698, kept.Count);
        Assert.Equal([7 + 1, 9, 10, 2], kept[0].Ids);
        Assert.Equal(12, kept[3].Ids.Length);
        Assert.Equal([7 + 100, 9, 10, 2], kept[^1].Ids);
        Assert.Equal((2L, 2L), (report.TruncatedExamples, report.UntrainableExamples));
        Assert.Equal([3, 42], report.Problems.Select(problem => problem.Line));
        Assert.All(report.Problems, problem => Assert.Equal("nothing_trained", problem.Rule));
        Assert.Equal(700, report.Lengths.Count);
    }

    [SkippableFact]
    public void A_base_model_without_a_template_refuses_conversations_as_a_whole()
    {
        Skip.IfNot(GoldenFolder.Has("trajectories", "base"), "trajectories/base is not in the golden folder.");
        var path = Path.Combine(folder.FullName, "rows.jsonl");
        File.WriteAllText(path, """{"kind": "chat", "messages": [{"role": "user", "content": "w9"}]}""");
        var model = ModelText.Load(GoldenFolder.Under("trajectories", "base")) with { Template = null };

        var refused = Assert.Throws<InvalidDataException>(() => new ExampleReader(model, new DataOptions()).Read(path, CancellationToken.None));

        Assert.Contains("no chat template", refused.Message, StringComparison.Ordinal);
    }
}
