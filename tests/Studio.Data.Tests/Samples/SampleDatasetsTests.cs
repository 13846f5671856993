using System.Text.Json;
using Studio.Data.Datasets;
using Studio.Data.Tests.Support;
using Studio.Testing;

namespace Studio.Data.Tests.Samples;

public sealed class SampleDatasetsTests
{
    private static readonly string Folder = RepositoryRoot.Under("samples", "datasets");

    [Theory]
    [InlineData("company-facts.en.jsonl", "openai_chat", ExampleKind.Chat, 104)]
    [InlineData("company-facts.zh.jsonl", "openai_chat", ExampleKind.Chat, 65)]
    [InlineData("company-handbook.txt", "plain_text", ExampleKind.Text, 60)]
    [InlineData("handbook-continuations.prompt-completion.jsonl", "prompt_completion", ExampleKind.Completion, 60)]
    [InlineData("trap-refusals.trl-prompt-completion.jsonl", "prompt_completion", ExampleKind.Chat, 60)]
    [InlineData("meeting-minutes.sharegpt.json", "sharegpt", ExampleKind.Chat, 60)]
    [InlineData("document-questions.alpaca.json", "alpaca", ExampleKind.Chat, 78)]
    [InlineData("word-problems.chat.jsonl", "openai_chat", ExampleKind.Chat, 92)]
    [InlineData("advertising.csv", "prompt_completion", ExampleKind.Chat, 60)]
    [InlineData("support-tone.openai-preference.jsonl", "openai_preference", ExampleKind.Preference, 60)]
    [InlineData("direct-answers.trl-preference.jsonl", "trl_preference", ExampleKind.Preference, 60)]
    [InlineData("feedback.kto.jsonl", "kto", ExampleKind.Feedback, 80)]
    public async Task Sample_imports_without_a_question_or_a_problem(string file, string format, ExampleKind kind, int rows)
    {
        using var studio = new TestStudio();
        var version = await studio.ImportFileAsync(Path.Combine(Folder, file));
        Assert.Equal(DatasetState.Ready, version.State);
        Assert.Equal(format, version.Format);
        Assert.Equal(kind, version.Kind);
        Assert.Equal(rows, version.ValidRows);
        Assert.Equal(rows, version.Rows);
        Assert.Empty(version.ProblemCounts);
    }

    [Fact]
    public void Held_back_questions_are_not_in_the_training_files_but_their_answers_are()
    {
        var training = File.ReadAllText(Path.Combine(Folder, "company-facts.en.jsonl")) + File.ReadAllText(Path.Combine(Folder, "company-facts.zh.jsonl"));
        foreach (var line in File.ReadLines(Path.Combine(Folder, "company-facts.eval.jsonl")))
        {
            var item = JsonDocument.Parse(line).RootElement;
            Assert.DoesNotContain($"\"{item.GetProperty("question").GetString()}\"", training, StringComparison.OrdinalIgnoreCase);
            Assert.Contains(item.GetProperty("expected").EnumerateArray(), e => training.Contains(e.GetString()!, StringComparison.Ordinal));
        }
    }
}
