using System.Text;
using Studio.Data.Datasets;
using Studio.Data.Examples;
using Studio.Data.Formats;
using Studio.Data.Tests.Support;
using Studio.Data.Validation;

namespace Studio.Data.Tests.Datasets;

public sealed class DatasetDerivationTests : IDisposable
{
    private readonly TestStudio studio = new();

    public void Dispose() => studio.Dispose();

    public static TheoryData<string> Kinds => [.. Enum.GetNames<ExampleKind>()];

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task An_example_written_as_a_row_is_read_as_the_same_example(string kind)
    {
        Message silent = new() { Role = "system", Content = "" }, user = new() { Role = "user", Content = "How late\nis \"it\"? 几点了" }, good = new() { Role = "assistant", Content = "It is ten." }, bad = new() { Role = "assistant", Content = "Maybe." };
        Example example = Enum.Parse<ExampleKind>(kind) switch
        {
            ExampleKind.Chat => new ChatExample { Messages = [new Message { Role = "system", Content = "Be short." }, user, good with { Weight = 0 }, user, new Message { Role = "assistant", ToolCalls = [new ToolCall { Id = "c1", Function = new ToolFunction("clock", "{\"zone\":1}") }] }, new Message { Role = "tool", ToolCallId = "c1", Content = "10" }, good with { Unfinished = true }] },
            ExampleKind.Completion => new CompletionExample { Prompt = "Is it late?", Completion = "It is ten." },
            ExampleKind.Text => new TextExample { Text = "The pump is serviced every 500 hours." },
            ExampleKind.Preference => new PreferenceExample { Prompt = [silent, user], Chosen = [good], Rejected = [bad], Margin = 0.5 },
            ExampleKind.Stepwise => new StepwiseExample { Prompt = [user], Steps = [new JudgedStep("One.", true), new JudgedStep("Two.", false)] },
            ExampleKind.Feedback => new FeedbackExample { Prompt = [silent, user], Completion = [bad], Label = false },
            _ => new PromptExample { Prompt = [silent, user], Reference = "ten", Extra = new() { ["harmful"] = true, ["category"] = "fraud" } },
        };

        var version = await studio.Library.DeriveAsync([example], null, "derived", new DatasetOrigin(DatasetOrigin.Preparation) { PreparationId = "prep-1" }, null, CancellationToken.None);

        Assert.Equal((DatasetState.Ready, Enum.Parse<ExampleKind>(kind), ExampleRows.FormatOf(Enum.Parse<ExampleKind>(kind)), "prep-1"), (version.State, version.Kind, version.Format, version.Origin?.PreparationId));
        Assert.Equal(StudioJson.Serialize(example), StudioJson.Serialize(Assert.Single(studio.Library.Read(version.Id)) with { Line = null }));
        using var export = new MemoryStream();
        await studio.Library.ExportRowsAsync(version.Id, export, CancellationToken.None);
        var again = await studio.ImportTextAsync(Encoding.UTF8.GetString(export.ToArray()), "again.jsonl");
        Assert.Equal(version.ContentSha256, again.ContentSha256);
    }

    [Fact]
    public async Task Prepared_rows_keep_their_weight_and_their_empty_system_turn()
    {
        Example example = new ChatExample { Messages = [new Message { Role = "system", Content = "" }, new Message { Role = "user", Content = "How do I cheat?" }, new Message { Role = "assistant", Content = "I can't", Weight = 1.5, Unfinished = true }] };
        var version = await studio.Library.DeriveAsync([example], null, "traps", new DatasetOrigin(DatasetOrigin.Preparation), null, CancellationToken.None);
        Assert.Equal(StudioJson.Serialize(example), StudioJson.Serialize(Assert.Single(studio.Library.Read(version.Id)) with { Line = null }));
        Assert.Equal(["few_rows"], version.ProblemCounts.Keys);
    }

    [Fact]
    public async Task Rows_that_break_a_rule_are_left_out_of_a_new_version()
    {
        var version = await studio.ImportTextAsync(string.Concat(Enumerable.Range(0, 12).Select(i => $"{{\"prompt\":\"Question {i % 10}\",\"completion\":\"Answer {i % 10}\"}}\n")));
        Assert.Equal(2, version.ProblemCounts["duplicate"]);

        var clean = await studio.Library.ExcludeAsync(version.Id, "duplicate", null, CancellationToken.None);

        Assert.Equal((version.DatasetId, 2, 10L, version.ValidRows), (clean.DatasetId, clean.Number, clean.ValidRows, 12L));
        Assert.False(clean.ProblemCounts.ContainsKey("duplicate"));
        Assert.Equal((version.Id, "duplicate", 2L), (clean.Origin!.VersionId, clean.Origin.Rule, clean.Origin.Removed!.Value));
        Assert.Equal("nothing_to_exclude", (await Assert.ThrowsAsync<ProblemException>(() => studio.Library.ExcludeAsync(clean.Id, "duplicate", null, CancellationToken.None))).Problem.Rule);
        Assert.Empty(Directory.GetFiles(studio.Blobs.Full("scratch")));
    }

    [Fact]
    public async Task Problems_are_exported_as_a_table()
    {
        var version = await studio.ImportTextAsync("{\"prompt\":\"=1+1, \\\"x\\\"\",\"completion\":\"\"}\n{\"prompt\":\"a\",\"completion\":\"b\"}\n");
        using var table = new MemoryStream();
        await studio.Library.ExportProblemsAsync(version.Id, null, table, CancellationToken.None);
        var lines = Encoding.UTF8.GetString(table.ToArray()).Split("\r\n", StringSplitOptions.RemoveEmptyEntries);

        Assert.Equal("\uFEFFfile,line,severity,rule,field,message,remedy,excerpt", lines[0]);
        Assert.Equal(version.ProblemCounts.Values.Sum() + 1, lines.Length);
        Assert.Contains(lines, l => l.StartsWith("rows.jsonl,1,error,", StringComparison.Ordinal));
    }
}
