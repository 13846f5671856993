using System.Text.Json.Nodes;
using Studio.Data.Datasets;
using Studio.Data.Examples;
using Studio.Data.Jobs;
using Studio.Data.Tests.Support;

namespace Studio.Data.Tests.Datasets;

/// <summary>Strings that break programs must come through an import unchanged, and through a split too.</summary>
public sealed class NaughtyStringsTests
{
    [SkippableFact]
    public async Task Every_string_comes_back_as_it_went_in()
    {
        var strings = JsonNode.Parse(File.ReadAllText(PublicData.Need("naughty_strings", "blns.json")))!.AsArray()
            .Select(s => (string)s!)
            .Where(s => !string.IsNullOrWhiteSpace(s) && !s.Contains('\0'))
            .ToList();
        using var studio = new TestStudio();
        var lines = strings.Select(s => new JsonObject { ["prompt"] = "q", ["completion"] = s }.ToJsonString());
        var version = await studio.ImportTextAsync(string.Join('\n', lines));
        Assert.Equal((DatasetState.Ready, (long)strings.Count), (version.State, version.ValidRows));
        Assert.Equal(strings, studio.Library.Read(version.Id).Cast<CompletionExample>().Select(e => e.Completion));

        var job = new JobFolder(Path.Combine(studio.Root, "job"));
        await studio.Library.ExportSplitAsync([new DatasetUse(version.Id)], 0, 1, null, job, CancellationToken.None);
        Assert.Equal(strings, File.ReadLines(Path.Combine(job.Data, "train.jsonl")).Select(l => ((CompletionExample)StudioJson.Deserialize<Example>(l)).Completion));

        // As file names and labels they stay labels.
        foreach (var name in strings)
        {
            var file = await studio.Library.UploadAsync(new MemoryStream("x"u8.ToArray()), name, "fine-tune", null, null, CancellationToken.None);
            Assert.True(File.Exists(studio.Blobs.Full("files", file.Id)));
            Assert.DoesNotContain('/', file.FileName);
        }
    }

    [SkippableFact]
    public async Task A_text_file_of_them_is_imported_or_refused_with_a_reason()
    {
        using var studio = new TestStudio();
        var version = await studio.ImportFileAsync(PublicData.Need("naughty_strings", "blns.txt"));
        Assert.True(version.State == DatasetState.Ready || version.Refusal is not null);
    }
}
