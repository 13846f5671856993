using Studio.Data.Examples;
using Studio.Data.Jobs;
using Studio.Data.Store;
using Studio.Data.Validation;

namespace Studio.Data.Datasets;

/// <summary>How many rows went to which side.</summary>
public sealed record SplitCounts(long TrainRows, long ValidationRows);

public sealed partial class DatasetLibrary
{
    /// <summary>
    /// Writes <c>data/train.jsonl</c> and, when there is a validation part, <c>data/validation.jsonl</c> of a job folder:
    /// the mixture by weights, split by prompt, or with a version of its own for validation.
    /// </summary>
    /// <exception cref="ProblemException">A version is not ready, no row is left to train on, or the disk is full.</exception>
    public Task<SplitCounts> ExportSplitAsync(IReadOnlyList<DatasetUse> uses, double validationShare, int seed, string? validationVersionId, JobFolder folder, CancellationToken cancellation) =>
        Task.Run(() => ExportSplit(uses, validationShare, seed, validationVersionId, folder, cancellation), cancellation);

    private SplitCounts ExportSplit(IReadOnlyList<DatasetUse> uses, double validationShare, int seed, string? validationVersionId, JobFolder folder, CancellationToken cancellation)
    {
        if (uses.Count == 0 || uses.All(u => u.Weight == 0))
        {
            throw new ProblemException(new Problem("no_data", Severity.Fatal, "No dataset was chosen.", "Choose at least one dataset version with a weight above 0.") { Field = "data" });
        }

        foreach (var use in uses)
        {
            if (!(use.Weight >= 0 && use.Weight <= Mixture.Most))
            {
                throw new ProblemException(new Problem("weight_range", Severity.Fatal, FormattableString.Invariant($"The weight {use.Weight} is outside 0 to {Mixture.Most}."), "Use 1 for each row once, 2 for twice, 0.5 for half of the rows.") { Field = "data.weight" });
            }
        }

        var sources = uses.Where(u => u.Weight > 0).Select(u => (Use: u, Version: ReadyVersionOf(u.DatasetVersionId))).Select(s => (s.Use, s.Version.ValidRows, Rows: new RowFile(VersionFolder.PathOf(blobs, s.Version)))).ToList();
        var validation = validationVersionId is null ? null : new RowFile(VersionFolder.PathOf(blobs, ReadyVersionOf(validationVersionId)));

        // First pass: 8 bytes a row decide the sides; second pass: copy lines.
        ulong[] scores = [];
        if (validation is null && validationShare > 0)
        {
            scores = new ulong[sources.Sum(s => s.ValidRows)];
            var filled = 0;
            foreach (var (_, _, rows) in sources)
            {
                foreach (var line in rows.Lines())
                {
                    cancellation.ThrowIfCancellationRequested();
                    scores[filled++] = Split.Score(ExampleTurns.PromptOf(RowFile.Parse(line.Span)), seed);
                }
            }
        }

        var threshold = Split.Threshold(scores, validationShare);
        Directory.CreateDirectory(folder.Data);
        var trainPath = Path.Combine(folder.Data, "train.jsonl");
        var validationPath = Path.Combine(folder.Data, "validation.jsonl");
        long trainRows = 0, validationRows = 0;
        try
        {
            using (var train = Create(trainPath))
            using (var held = Create(validationPath))
            {
                var next = 0;
                foreach (var (use, _, rows) in sources)
                {
                    long index = 0;
                    foreach (var line in rows.Lines())
                    {
                        cancellation.ThrowIfCancellationRequested();
                        if (threshold > 0 && scores[next++] < threshold)
                        {
                            WriteLine(held, line.Span);
                            validationRows++;
                        }
                        else
                        {
                            for (var copies = Mixture.Copies(use.Weight, seed, use.DatasetVersionId, index); copies > 0; copies--)
                            {
                                WriteLine(train, line.Span);
                                trainRows++;
                            }
                        }

                        index++;
                    }
                }

                foreach (var line in validation?.Lines() ?? [])
                {
                    cancellation.ThrowIfCancellationRequested();
                    WriteLine(held, line.Span);
                    validationRows++;
                }
            }

            if (trainRows == 0)
            {
                throw new ProblemException(new Problem("no_data", Severity.Fatal, "No row is left to train on.", "Use more data or a higher weight.") { Field = "data" });
            }

            File.Move(trainPath + ".partial", trainPath, overwrite: true);
            if (validationRows > 0)
            {
                File.Move(validationPath + ".partial", validationPath, overwrite: true);
            }
            else
            {
                File.Delete(validationPath);
            }

            return new SplitCounts(trainRows, validationRows);
        }
        catch (IOException fault) when (BlobFolder.IsDiskFull(fault))
        {
            throw DiskFull("train.jsonl", fault);
        }
        finally
        {
            File.Delete(trainPath + ".partial");
            File.Delete(validationPath + ".partial");
        }
    }

    private static FileStream Create(string path) => new(path + ".partial", FileMode.Create, FileAccess.Write, FileShare.None, 256 * 1024);

    private static void WriteLine(FileStream file, ReadOnlySpan<byte> line)
    {
        file.Write(line);
        file.WriteByte((byte)'\n');
    }
}
