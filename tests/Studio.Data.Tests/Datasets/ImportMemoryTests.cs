using Studio.Data.Datasets;
using Studio.Data.Tests.Support;

namespace Studio.Data.Tests.Datasets;

/// <summary>Files larger than memory must pass: the live heap stays small whatever the size of the file.</summary>
[Collection(nameof(ImportMemoryTests))]
[CollectionDefinition(nameof(ImportMemoryTests), DisableParallelization = true)]
public sealed class ImportMemoryTests
{
    [Theory]
    [InlineData("jsonl")]
    [InlineData("json")]
    [InlineData("csv")]
    public async Task A_file_of_60_megabytes_is_imported_with_a_small_live_heap(string ending)
    {
        using var studio = new TestStudio();
        var path = Path.Combine(studio.Root, "big." + ending);
        var rows = Write(path, 60_000_000);
        var file = await studio.Library.UploadAsync(path, "fine-tune", null, CancellationToken.None);
        var version = studio.Library.BeginImport(file.Id, null, null);
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var peak = 0L;
        var outcome = new DatasetImport(studio.Blobs).Run(version, new ImportChoice(), new Sampler(() => peak = Math.Max(peak, GC.GetTotalMemory(forceFullCollection: true) - before)), CancellationToken.None);
        Assert.Equal((DatasetState.Ready, rows), (outcome.State, outcome.ValidRows));
        Assert.InRange(peak, 0, 24 * 1024 * 1024);
    }

    private static long Write(string path, long bytes)
    {
        using var writer = new StreamWriter(path);
        var (head, tail, join) = Path.GetExtension(path) switch
        {
            ".json" => ("[\n", "\n]", ",\n"),
            ".csv" => ("prompt,completion\n", "\n", "\n"),
            _ => ("", "\n", "\n"),
        };
        writer.Write(head);
        long row = 0;
        for (; writer.BaseStream.Position < bytes; row++)
        {
            writer.Write(row > 0 ? join : "");
            writer.Write(Path.GetExtension(path) == ".csv"
                ? FormattableString.Invariant($"\"question {row}, and more\",\"answer {row} {Filler}\"")
                : FormattableString.Invariant($"{{\"prompt\":\"question {row}\",\"completion\":\"answer {row} {Filler}\"}}"));
        }

        writer.Write(tail);
        return row;
    }

    private static readonly string Filler = string.Concat(Enumerable.Repeat("lorem ipsum dolor sit amet ", 40));

    /// <summary>Looks at the live heap every twentieth note.</summary>
    private sealed class Sampler(Action look) : IProgress<double>
    {
        private int notes;

        public void Report(double value)
        {
            if (notes++ % 20 == 0)
            {
                look();
            }
        }
    }
}
