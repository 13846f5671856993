using Studio.Data.Evaluation;
using Studio.Training.Evaluation;

namespace Studio.Training.Tests.Evaluation;

public sealed class AnswerFileTests : IDisposable
{
    private readonly string root = Directory.CreateTempSubdirectory("answers-").FullName;

    private string FilePath => Path.Combine(root, "items", "suite.jsonl");

    public void Dispose() => Directory.Delete(root, recursive: true);

    [Fact]
    public void What_was_appended_is_found_again_by_another_process()
    {
        Open().Append([Item("a", "first"), Item("b", "second")]);

        var again = Open();
        Assert.Equal("second", again.Find("b")!.Answer);
        Assert.Null(again.Find("c"));
        Assert.Equal(2, File.ReadLines(FilePath).Count());
    }

    [Fact]
    public void Of_two_answers_with_one_id_the_later_one_counts()
    {
        Open().Append([Item("a", "first")]);
        Open().Append([Item("a", "later")]);

        Assert.Equal("later", Open().Find("a")!.Answer);
    }

    [Fact]
    public void Half_a_line_of_a_killed_process_does_not_swallow_the_next_answer()
    {
        Open().Append([Item("a", "first"), Item("b", "second")]);
        var text = File.ReadAllText(FilePath);
        File.WriteAllText(FilePath, text[..^10]);

        var again = Open();
        Assert.Null(again.Find("b"));
        again.Append([Item("c", "third")]);

        var last = Open();
        Assert.Equal(["first", "third"], new[] { "a", "c" }.Select(id => last.Find(id)!.Answer));
    }

    private AnswerFile<EvaluatedItem> Open() => new(FilePath, item => item.Id);

    private static EvaluatedItem Item(string id, string answer) => new() { Id = id, Prompt = "?", Answer = answer, Scores = new Dictionary<string, double>() };
}
