using System.Security.Cryptography;
using System.Text;
using Studio.Data.Datasets;
using Studio.Data.Examples;
using Studio.Data.Jobs;
using Studio.Data.Tests.Support;
using Studio.Data.Validation;

namespace Studio.Data.Tests.Datasets;

public sealed class DatasetLibraryTests : IDisposable
{
    private readonly TestStudio studio = new();

    private DatasetLibrary Library => studio.Library;

    public void Dispose() => studio.Dispose();

    [Fact]
    public async Task An_upload_is_kept_as_it_came_under_an_id()
    {
        var bytes = RandomNumberGenerator.GetBytes(300_000);
        List<long> seen = [];
        var file = await Library.UploadAsync(new MemoryStream(bytes), "../../etc/pass\u0007wd", "fine-tune", "user-1", new Direct<long>(seen.Add), CancellationToken.None);
        Assert.Equal(("passwd", 300_000L, "user-1", "uploaded"), (file.FileName, file.Bytes, file.OwnerId, file.Status));
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(bytes)), file.Sha256);
        Assert.Equal(300_000, seen[^1]);
        using var content = Library.OpenFile(file.Id);
        using var copy = new MemoryStream();
        content.CopyTo(copy);
        Assert.Equal(bytes, copy.ToArray());
        Assert.True(Library.DeleteFile(file.Id));
        Assert.False(Library.DeleteFile(file.Id));
        Assert.Empty(Directory.GetFiles(studio.Blobs.Full("files")));
    }

    [Fact]
    public async Task A_broken_or_too_large_upload_leaves_nothing()
    {
        var library = new DatasetLibrary(studio.Database, studio.Blobs, studio.Time) { MaxUploadBytes = 1000 };
        var large = await Assert.ThrowsAsync<ProblemException>(() => library.UploadAsync(new MemoryStream(new byte[1001]), "a", "fine-tune", null, null, CancellationToken.None));
        Assert.Equal("too_large", large.Problem.Rule);
        await Assert.ThrowsAsync<IOException>(() => library.UploadAsync(new FailingStream(new IOException("gone")), "a", "fine-tune", null, null, CancellationToken.None));
        var full = await Assert.ThrowsAsync<ProblemException>(() => library.UploadAsync(new FailingStream(new IOException("No space left on device", OperatingSystem.IsWindows() ? unchecked((int)0x80070070) : 28)), "a", "fine-tune", null, null, CancellationToken.None));
        Assert.Equal("disk_full", full.Problem.Rule);
        Assert.Empty(Directory.GetFiles(studio.Blobs.Full("files")));
        Assert.Empty(studio.Database.Files.List());
    }

    [Fact]
    public async Task Versions_are_numbered_and_the_newest_ready_one_is_the_latest()
    {
        var first = await studio.ImportTextAsync(Pairs(3), "my data.jsonl");
        var dataset = studio.Database.Datasets.Get(first.DatasetId)!;
        Assert.Equal(("my data", first.Id, 1), (dataset.Name, dataset.LatestVersionId, dataset.LatestVersionNumber));
        var file = await Library.UploadAsync(new MemoryStream(Encoding.UTF8.GetBytes(Pairs(5))), "b.jsonl", "fine-tune", null, null, CancellationToken.None);
        var second = await Library.ImportAsync(file.Id, dataset.Id, null, null, null, CancellationToken.None);
        Assert.Equal(2, second.Number);
        var broken = await Library.UploadAsync(new MemoryStream("PAR1"u8.ToArray()), "c.jsonl", "fine-tune", null, null, CancellationToken.None);
        var third = await Library.ImportAsync(broken.Id, dataset.Id, null, null, null, CancellationToken.None);
        Assert.Equal((3, DatasetState.Refused), (third.Number, third.State));
        Assert.Contains("Parquet", third.Refusal);
        Assert.Equal("not_text", Assert.Single(Library.Problems(third.Id, 0, 5, null).Problems).Rule);
        Assert.Equal(second.Id, studio.Database.Datasets.Get(dataset.Id)!.LatestVersionId);
        Assert.Equal([third.Id, second.Id, first.Id], Library.Versions(dataset.Id).Select(v => v.Id));
        Assert.Equal(("error", "processed"), (studio.Database.Files.Get(broken.Id)!.Status, studio.Database.Files.Get(file.Id)!.Status));
        Assert.Equal("my data 2", studio.Database.Datasets.Get((await studio.ImportTextAsync(Pairs(2), "my data.jsonl")).DatasetId)!.Name);
    }

    [Fact]
    public async Task A_version_that_waits_for_a_choice_is_taken_up_again()
    {
        var asked = await studio.ImportTextAsync("goal,target\nwhat,that\nwho,he\n", "x.csv");
        Assert.Equal((DatasetState.NeedsChoice, "csv"), (asked.State, asked.Container));
        Assert.Equal(["goal", "target"], asked.SourceColumns);
        var chosen = await Library.ImportAsync(asked.FileId, asked.DatasetId, null, new ImportChoice("alpaca", new Dictionary<string, string> { ["instruction"] = "goal", ["output"] = "target" }), null, CancellationToken.None);
        Assert.Equal((asked.Id, DatasetState.Ready, 2L), (chosen.Id, chosen.State, chosen.ValidRows));
        Assert.Null(chosen.Refusal);
        Assert.Equal("what", Assert.IsType<ChatExample>(Library.Rows(chosen.Id, 0, 1, null).Rows[0].Example).Messages[0].Content);
    }

    [Fact]
    public async Task An_unknown_chosen_format_is_refused_with_the_list()
    {
        var version = await studio.ImportTextAsync(Pairs(2), choice: new ImportChoice("nonsense"));
        Assert.Equal(DatasetState.Refused, version.State);
        Assert.Contains("openai_chat", version.Refusal);
    }

    [Theory]
    [InlineData("", "empty_file")]
    [InlineData("   ", "empty_file")]
    [InlineData("q,a\n", "no_valid_rows")]
    [InlineData("[]", "no_valid_rows")]
    [InlineData("[1,2,3]", "unknown_format")]
    [InlineData("{\"messages\":[]}\n{\"messages\":[]}\n", null)]
    [InlineData("{broken\n{broken\n", "no_valid_rows")]
    public async Task A_file_without_a_usable_row_is_refused(string text, string? rule)
    {
        var version = await studio.ImportTextAsync(text, text.StartsWith('q') ? "x.csv" : text.StartsWith('[') ? "x.json" : "x.jsonl");
        Assert.Equal(rule is null ? DatasetState.NeedsChoice : DatasetState.Refused, version.State);
        Assert.NotNull(version.Refusal);
        if (rule is not null)
        {
            Assert.Contains(rule, version.ProblemCounts.Keys);
            Assert.False(File.Exists(studio.Blobs.Full("datasets", version.DatasetId, version.Id, "rows.jsonl")));
        }
    }

    [Fact]
    public async Task The_same_rows_have_the_same_content_hash_in_any_container()
    {
        var lines = await studio.ImportTextAsync("{\"prompt\":\"q, 1\",\"completion\":\"a\"}\n\n{\"prompt\":\"q2\",\"completion\":\"b\"}\n");
        var array = await studio.ImportTextAsync("[{\"completion\":\"a\",\"prompt\":\"q, 1\"},\n{\"prompt\":\"q2\",\"completion\":\"b\"}]", "x.json");
        var table = await studio.ImportTextAsync("\uFEFFprompt,completion\r\n\"q, 1\",a\r\nq2,b\r\n", "x.csv");
        var other = await studio.ImportTextAsync("{\"prompt\":\"q, 1\",\"completion\":\"a\"}\n{\"prompt\":\"q2\",\"completion\":\"c\"}\n");
        Assert.Equal(64, lines.ContentSha256!.Length);
        Assert.Equal(lines.ContentSha256, array.ContentSha256);
        Assert.Equal(lines.ContentSha256, table.ContentSha256);
        Assert.NotEqual(lines.ContentSha256, other.ContentSha256);
    }

    [Fact]
    public async Task Rows_are_paged_from_anywhere_with_their_lines()
    {
        var version = await studio.ImportTextAsync(Pairs(2000));
        foreach (var offset in new[] { 0, 1, 255, 256, 257, 1023, 1999 })
        {
            var page = Library.Rows(version.Id, offset, 3, null);
            Assert.Equal(2000, page.Total);
            Assert.Equal(Math.Min(3, 2000 - offset), page.Rows.Count);
            Assert.Equal(offset, page.Rows[0].Index);
            Assert.Equal(offset + 1, page.Rows[0].Example.Line);
            Assert.Equal($"question {offset}", Assert.IsType<CompletionExample>(page.Rows[0].Example).Prompt);
            Assert.Equal(offset + 3 < 2000, page.More);
        }

        Assert.Empty(Library.Rows(version.Id, 5000, 3, null).Rows);
    }

    [Theory]
    [InlineData("QUESTION 19", 11)]
    [InlineData("naïve", 1)]
    [InlineData("中文", 1)]
    [InlineData("say \"hi\"", 1)]
    [InlineData("😀", 1)]
    [InlineData("completion", 0)]
    [InlineData("line\nbreak", 1)]
    public async Task Rows_are_searched_in_their_texts(string search, int count)
    {
        var version = await studio.ImportTextAsync(Pairs(200) + """{"prompt":"naïve","completion":"中文 say \"hi\" 😀 line\nbreak"}""");
        var page = Library.Rows(version.Id, 0, 100, search);
        Assert.Equal(count, page.Rows.Count);
        Assert.Equal(count, page.Total);
        if (count > 2)
        {
            var second = Library.Rows(version.Id, 1, 1, search);
            Assert.Equal(page.Rows[1].Index, Assert.Single(second.Rows).Index);
            Assert.True(second.More);
        }
    }

    [Fact]
    public async Task Statistics_count_lengths_roles_and_languages()
    {
        var version = await studio.ImportTextAsync("""
            {"messages":[{"role":"user","content":"What time is it?"},{"role":"assistant","content":"It is five o'clock."}]}
            {"messages":[{"role":"user","content":"现在几点？"},{"role":"assistant","content":"现在是五点。"}]}
            {"messages":[{"role":"system","content":"Be brief."},{"role":"user","content":"Который час?"},{"role":"assistant","content":"Пять часов."}]}
            {"messages":[{"role":"user","content":"Translate into English please: 现在几点"},{"role":"assistant","content":"What time is it now? 现在"}]}
            """);
        var statistics = version.Statistics!;
        Assert.Equal(4, version.ValidRows);
        Assert.Equal(new Dictionary<string, long> { ["user"] = 4, ["assistant"] = 4, ["system"] = 1 }, statistics.Roles);
        Assert.Equal(new Dictionary<string, long> { ["en"] = 1, ["zh"] = 1, ["other"] = 1, ["mixed"] = 1 }, statistics.Languages);
        Assert.Equal(4, statistics.LengthCounts.Sum());
        Assert.Equal(statistics.LengthBounds.Count, statistics.LengthCounts.Count);
        Assert.Equal(2.25, statistics.MeanTurns);
        Assert.Equal(35 + 11 + 32 + 58, statistics.Characters);
    }

    [Fact]
    public async Task Deleting_a_dataset_removes_versions_and_rows()
    {
        var version = await studio.ImportTextAsync(Pairs(3));
        Assert.True(Library.Delete(version.DatasetId));
        Assert.False(Library.Delete(version.DatasetId));
        Assert.Null(studio.Database.DatasetVersions.Get(version.Id));
        Assert.False(Directory.Exists(studio.Blobs.Full("datasets", version.DatasetId)));
        Assert.Throws<ProblemException>(() => Library.Rows(version.Id, 0, 1, null));
    }

    [Fact]
    public async Task An_import_that_a_stop_interrupted_is_refused_at_the_next_start()
    {
        var file = await Library.UploadAsync(new MemoryStream("{}"u8.ToArray()), "a.jsonl", "fine-tune", null, null, CancellationToken.None);
        var begun = Library.BeginImport(file.Id, null, null);
        var partial = studio.Blobs.Full("datasets", begun.DatasetId, begun.Id + ".partial");
        Directory.CreateDirectory(partial);
        var refused = Assert.Single(Library.RefuseInterruptedImports());
        Assert.Equal((begun.Id, DatasetState.Refused), (refused.Id, refused.State));
        Assert.False(Directory.Exists(partial));
        Assert.Empty(Library.RefuseInterruptedImports());
    }

    [Fact]
    public async Task A_cancelled_import_leaves_no_folder()
    {
        var file = await Library.UploadAsync(new MemoryStream(Encoding.UTF8.GetBytes(Pairs(3000))), "a.jsonl", "fine-tune", null, null, CancellationToken.None);
        var begun = Library.BeginImport(file.Id, null, null);
        using var cancel = new CancellationTokenSource();
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Library.RunImportAsync(begun.Id, null, null, cancel.Token));
        Assert.Equal(DatasetState.Refused, studio.Database.DatasetVersions.Get(begun.Id)!.State);
        Assert.False(Directory.Exists(studio.Blobs.Full("datasets", begun.DatasetId, begun.Id + ".partial")));
    }

    [Fact]
    public async Task Unknown_ids_are_problems()
    {
        Assert.Equal("not_found", (await Assert.ThrowsAsync<ProblemException>(() => Library.ImportAsync("file-x", null, null, null, null, CancellationToken.None))).Problem.Rule);
        Assert.Equal("not_found", Assert.Throws<ProblemException>(() => Library.Problems("dsv-x", 0, 1, null)).Problem.Rule);
        Assert.Equal("not_found", Assert.Throws<ProblemException>(() => Library.OpenFile("file-x")).Problem.Rule);
    }

    [Fact]
    public async Task Export_divides_without_loss_and_the_same_way_every_time()
    {
        var version = await studio.ImportTextAsync(Pairs(500));
        using var folder = new TempFolder();
        var first = await Export(folder, "a", [new DatasetUse(version.Id)], 0.1, 7);
        var again = await Export(folder, "b", [new DatasetUse(version.Id)], 0.1, 7);
        var other = await Export(folder, "c", [new DatasetUse(version.Id)], 0.1, 8);
        Assert.Equal(new SplitCounts(450, 50), first.Counts);
        Assert.Equal(first.Train, again.Train);
        Assert.Equal(first.Validation, again.Validation);
        Assert.NotEqual(first.Validation, other.Validation);
        Assert.Equal(500, first.Train.Concat(first.Validation).Distinct().Count());
        Assert.IsType<CompletionExample>(StudioJson.Deserialize<Example>(first.Train[0]));
    }

    [Fact]
    public async Task Rows_with_the_same_prompt_stay_on_one_side()
    {
        var text = string.Concat(Enumerable.Range(0, 300).Select(i => $$"""{"prompt":"question {{i % 40}}","completion":"answer {{i}}"}""" + "\n"));
        var version = await studio.ImportTextAsync(text);
        using var folder = new TempFolder();
        var split = await Export(folder, "a", [new DatasetUse(version.Id)], 0.2, 1);
        var train = split.Train.Select(Prompt).ToHashSet();
        var validation = split.Validation.Select(Prompt).ToHashSet();
        Assert.Empty(train.Intersect(validation));
        Assert.InRange(split.Validation.Count, 50, 70);
    }

    [Fact]
    public async Task Weights_repeat_and_thin_out_training_rows_only()
    {
        var a = await studio.ImportTextAsync(Pairs(400, "alpha"));
        var b = await studio.ImportTextAsync(Pairs(400, "beta"));
        var held = await studio.ImportTextAsync(Pairs(30, "held"));
        using var folder = new TempFolder();
        var split = await Export(folder, "a", [new DatasetUse(a.Id, 2), new DatasetUse(b.Id, 0.25)], 0.1, 3, held.Id);
        Assert.Equal(800, split.Train.Count(l => l.Contains("alpha")));
        Assert.InRange(split.Train.Count(l => l.Contains("beta")), 70, 130);
        Assert.Equal(30, split.Counts.ValidationRows);
        Assert.All(split.Validation, l => Assert.Contains("held", l));
    }

    [Fact]
    public async Task No_share_writes_no_validation_file()
    {
        var version = await studio.ImportTextAsync(Pairs(20));
        using var folder = new TempFolder();
        var split = await Export(folder, "a", [new DatasetUse(version.Id)], 0, 3);
        Assert.Equal(new SplitCounts(20, 0), split.Counts);
        Assert.Equal(["train.jsonl"], Directory.GetFiles(Path.Combine(folder.Path, "a", "data")).Select(Path.GetFileName));
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(double.NaN)]
    [InlineData(1000)]
    [InlineData(0)]
    public async Task Impossible_weights_are_problems(double weight)
    {
        var version = await studio.ImportTextAsync(Pairs(20));
        using var folder = new TempFolder();
        await Assert.ThrowsAsync<ProblemException>(() => Export(folder, "a", [new DatasetUse(version.Id, weight)], 0.1, 3));
    }

    [Fact]
    public async Task A_version_that_is_not_ready_is_a_problem()
    {
        var version = await studio.ImportTextAsync("PAR1xxxx");
        using var folder = new TempFolder();
        var fault = await Assert.ThrowsAsync<ProblemException>(() => Export(folder, "a", [new DatasetUse(version.Id)], 0.1, 3));
        Assert.Equal("version_not_ready", fault.Problem.Rule);
    }

    [Fact]
    public async Task References_name_what_a_job_uses()
    {
        var version = await studio.ImportTextAsync(Pairs(20), "facts.jsonl");
        Library.Describe(version.DatasetId, null, "d", "CC-BY-4.0");
        var reference = Assert.Single(Library.References([new DatasetUse(version.Id, 0.5)]));
        Assert.Equal(("facts", 1, version.ContentSha256, 20L, 0.5, "CC-BY-4.0"), (reference.Name, reference.Number, reference.ContentSha256, reference.Rows, reference.Weight, reference.Licence));
    }

    private static string Pairs(int count, string word = "question") => string.Concat(Enumerable.Range(0, count).Select(i => $$"""{"prompt":"{{word}} {{i}}","completion":"answer {{i}}"}""" + "\n"));

    private static string Prompt(string line) => StudioJson.Deserialize<Example>(line) is CompletionExample pair ? pair.Prompt : "";

    private async Task<(SplitCounts Counts, List<string> Train, List<string> Validation)> Export(TempFolder folder, string name, IReadOnlyList<DatasetUse> uses, double share, int seed, string? validation = null)
    {
        var job = new JobFolder(Path.Combine(folder.Path, name));
        var counts = await Library.ExportSplitAsync(uses, share, seed, validation, job, CancellationToken.None);
        var held = Path.Combine(job.Data, "validation.jsonl");
        return (counts, [.. File.ReadLines(Path.Combine(job.Data, "train.jsonl"))], File.Exists(held) ? [.. File.ReadLines(held)] : []);
    }

    private sealed class Direct<T>(Action<T> report) : IProgress<T>
    {
        public void Report(T value) => report(value);
    }

    private sealed class FailingStream(Exception fault) : MemoryStream
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => throw fault;
    }
}
