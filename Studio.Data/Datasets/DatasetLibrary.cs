using System.Security.Cryptography;
using Studio.Data.Jobs;
using Studio.Data.Store;
using Studio.Data.Validation;

namespace Studio.Data.Datasets;

/// <summary>Files, datasets and versions: records in the store, content below the data root. What cannot be done is a <see cref="ProblemException"/>.</summary>
public sealed partial class DatasetLibrary(StudioDatabase database, BlobFolder blobs, TimeProvider time)
{
    private readonly Lock numbering = new();

    /// <summary>Largest upload in bytes.</summary>
    public long MaxUploadBytes { get; init; } = 16L * 1024 * 1024 * 1024;

    /// <summary>Streams an upload to disk and records it; a broken or refused upload leaves nothing behind.</summary>
    /// <exception cref="ProblemException">Too large, empty, or the disk is full.</exception>
    public async Task<UploadedFile> UploadAsync(Stream body, string fileName, string purpose, string? ownerId, IProgress<long>? progress, CancellationToken cancellation)
    {
        var id = NewId.File();
        var name = Label(fileName);
        long total = 0;
        string sha256;
        try
        {
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            await using (var file = blobs.Create("files", id + ".partial"))
            {
                var buffer = new byte[128 * 1024];
                int read;
                while ((read = await body.ReadAsync(buffer, cancellation).ConfigureAwait(false)) > 0)
                {
                    total += read;
                    if (total > MaxUploadBytes)
                    {
                        throw new ProblemException(new Problem("too_large", Severity.Fatal, FormattableString.Invariant($"The file is larger than {MaxUploadBytes / (1024 * 1024)} MiB."), "Split it into several files; a job can use several datasets.") { File = name });
                    }

                    hash.AppendData(buffer, 0, read);
                    await file.WriteAsync(buffer.AsMemory(0, read), cancellation).ConfigureAwait(false);
                    progress?.Report(total);
                }

                await file.FlushAsync(cancellation).ConfigureAwait(false);
            }

            sha256 = Convert.ToHexStringLower(hash.GetHashAndReset());
            File.Move(blobs.Full("files", id + ".partial"), blobs.Full("files", id));
        }
        catch (Exception fault)
        {
            blobs.Delete("files", id + ".partial");
            throw fault is IOException full && BlobFolder.IsDiskFull(full) ? DiskFull(name, fault) : fault;
        }

        return database.Files.Insert(new UploadedFile
        {
            Id = id,
            CreatedAt = time.GetUtcNow(),
            FileName = name,
            Bytes = total,
            Sha256 = sha256,
            Purpose = purpose,
            OwnerId = ownerId,
        });
    }

    /// <summary>Keeps a file that is on this machine (samples, results of jobs) as if it had been uploaded.</summary>
    public async Task<UploadedFile> UploadAsync(string path, string purpose, string? ownerId, CancellationToken cancellation)
    {
        await using var body = File.OpenRead(path);
        return await UploadAsync(body, Path.GetFileName(path), purpose, ownerId, null, cancellation).ConfigureAwait(false);
    }

    /// <summary>The content of an uploaded file.</summary>
    /// <exception cref="ProblemException">There is no such file.</exception>
    public Stream OpenFile(string fileId)
    {
        var file = FileOf(fileId);
        try
        {
            return blobs.OpenRead("files", file.Id);
        }
        catch (Exception fault) when (fault is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new ProblemException(new Problem("file_missing", Severity.Fatal, $"The content of {file.FileName} is no longer on disk.", "Upload the file again.") { File = file.FileName }, fault);
        }
    }

    /// <summary>Forgets a file and deletes its content; versions made from it stay.</summary>
    public bool DeleteFile(string fileId)
    {
        if (database.Files.Get(fileId) is not { } file || !database.Files.Delete(fileId))
        {
            return false;
        }

        blobs.Delete("files", file.Id);
        return true;
    }

    /// <summary>Imports a file as a new version, of a new dataset where <paramref name="datasetId"/> is null, and waits for the end.</summary>
    /// <returns>The version: Ready, NeedsChoice (call again with a choice) or Refused.</returns>
    /// <exception cref="ProblemException">File or dataset do not exist, or the disk is full.</exception>
    public Task<DatasetVersion> ImportAsync(string fileId, string? datasetId, string? name, ImportChoice? choice, IProgress<double>? progress, CancellationToken cancellation) =>
        RunImportAsync(BeginImport(fileId, datasetId, name).Id, choice, progress, cancellation);

    /// <summary>Records the version that <see cref="RunImportAsync"/> fills. A version of the same file that waits for a choice is taken up again.</summary>
    public DatasetVersion BeginImport(string fileId, string? datasetId, string? name)
    {
        var file = FileOf(fileId);
        lock (numbering)
        {
            var now = time.GetUtcNow();
            var dataset = datasetId is null ? null : DatasetOf(datasetId);
            dataset ??= database.Datasets.Insert(new Dataset
            {
                Id = NewId.Dataset(),
                CreatedAt = now,
                Name = UniqueName(Label(string.IsNullOrWhiteSpace(name) ? Path.GetFileNameWithoutExtension(file.FileName) : name)),
                OwnerId = file.OwnerId,
            });
            var versions = Versions(dataset.Id);
            if (versions.FirstOrDefault(v => v.FileId == fileId && v.State == DatasetState.NeedsChoice) is { } waiting)
            {
                return database.DatasetVersions.Update(waiting.Id, v => v with { State = DatasetState.Importing, Progress = 0, Refusal = null })!;
            }

            return database.DatasetVersions.Insert(new DatasetVersion
            {
                Id = NewId.DatasetVersion(),
                CreatedAt = now,
                DatasetId = dataset.Id,
                Number = versions.Select(v => v.Number).DefaultIfEmpty(0).Max() + 1,
                FileId = fileId,
                FileName = file.FileName,
            });
        }
    }

    public async Task<DatasetVersion> RunImportAsync(string versionId, ImportChoice? choice, IProgress<double>? progress, CancellationToken cancellation)
    {
        var started = VersionOf(versionId);
        try
        {
            var outcome = await Task.Run(() => new DatasetImport(blobs).Run(started, choice ?? new ImportChoice(), new Throttled(share => Progress(versionId, share, progress), time), cancellation), cancellation).ConfigureAwait(false);
            return Keep(outcome);
        }
        catch (Exception fault)
        {
            var problem = fault is IOException full && BlobFolder.IsDiskFull(full) ? DiskFull(started.FileName, fault) : fault;
            Keep(started with
            {
                State = DatasetState.Refused,
                Progress = 1,
                Refusal = fault is OperationCanceledException ? "The import was cancelled." : problem is ProblemException said ? said.Message : "The import ended unexpectedly. Import the file again.",
            });
            if (ReferenceEquals(problem, fault))
            {
                throw;
            }

            throw problem;
        }
    }

    /// <summary>Versions that a process left half imported when it ended: they are refused, with the advice to import again.</summary>
    public IReadOnlyList<DatasetVersion> RefuseInterruptedImports()
    {
        List<DatasetVersion> refused = [];
        foreach (var version in database.DatasetVersions.List(v => v.State == DatasetState.Importing))
        {
            blobs.Delete("datasets", version.DatasetId, version.Id + ".partial");
            refused.Add(Keep(version with { State = DatasetState.Refused, Progress = 1, Refusal = "The import was interrupted when Studio stopped. Import the file again." }));
        }

        return refused;
    }

    public IReadOnlyList<DatasetVersion> Versions(string datasetId) => database.DatasetVersions.List(v => v.DatasetId == datasetId);

    /// <summary>Changes the labels of a dataset; null leaves one as it is.</summary>
    public Dataset Describe(string datasetId, string? name, string? description, string? licence) =>
        database.Datasets.Update(DatasetOf(datasetId).Id, d => d with
        {
            Name = string.IsNullOrWhiteSpace(name) ? d.Name : Label(name),
            Description = description ?? d.Description,
            Licence = licence ?? d.Licence,
        })!;

    /// <summary>Deletes a dataset with its versions and their rows; uploaded files stay.</summary>
    public bool Delete(string datasetId)
    {
        if (database.Datasets.Get(datasetId) is null)
        {
            return false;
        }

        foreach (var version in Versions(datasetId))
        {
            database.DatasetVersions.Delete(version.Id);
        }

        database.Datasets.Delete(datasetId);
        blobs.Delete("datasets", datasetId);
        return true;
    }

    /// <summary>A page of normalised examples, or of those that hold a text.</summary>
    public RowPage Rows(string versionId, long offset, int count, string? search)
    {
        var version = VersionOf(versionId);
        return version.State == DatasetState.Ready
            ? new RowFile(VersionFolder.PathOf(blobs, version)).Page(version.ValidRows, Math.Max(0, offset), Math.Clamp(count, 0, 1000), search)
            : new RowPage(0, [], false);
    }

    /// <summary>A page of problems, of one rule or of all.</summary>
    public ProblemPage Problems(string versionId, long offset, int count, string? rule)
    {
        var version = VersionOf(versionId);
        var total = rule is null ? version.ProblemCounts.Values.Sum() : version.ProblemCounts.GetValueOrDefault(rule);
        return new ProblemPage(total, ProblemLog.Read(VersionFolder.PathOf(blobs, version), Math.Max(0, offset), Math.Clamp(count, 0, 1000), rule));
    }

    /// <summary>All examples of a ready version in order.</summary>
    public IEnumerable<Examples.Example> Read(string versionId) => new RowFile(VersionFolder.PathOf(blobs, ReadyVersionOf(versionId))).Read();

    /// <summary>What a job records about the data it uses.</summary>
    public IReadOnlyList<DataReference> References(IReadOnlyList<DatasetUse> uses) =>
        [.. uses.Select(use =>
        {
            var version = ReadyVersionOf(use.DatasetVersionId);
            var dataset = DatasetOf(version.DatasetId);
            return new DataReference(dataset.Id, version.Id, dataset.Name, version.Number, version.ContentSha256!, version.ValidRows, use.Weight) { Licence = dataset.Licence };
        })];

    private DatasetVersion Keep(DatasetVersion outcome)
    {
        // Progress notes have moved the revision on; the outcome replaces them.
        var kept = database.DatasetVersions.Update(outcome.Id, v => outcome with { Revision = v.Revision }) ?? outcome;
        if (kept.State == DatasetState.Ready)
        {
            database.Datasets.Update(kept.DatasetId, d => kept.Number < d.LatestVersionNumber ? d : d with { LatestVersionId = kept.Id, LatestVersionNumber = kept.Number });
        }

        database.Files.Update(kept.FileId, f => f with
        {
            Status = kept.State == DatasetState.Ready ? "processed" : "error",
            StatusDetails = kept.Refusal,
            DatasetVersionId = kept.Id,
        });
        return kept;
    }

    private void Progress(string versionId, double share, IProgress<double>? progress)
    {
        database.DatasetVersions.Update(versionId, v => v with { Progress = share });
        progress?.Report(share);
    }

    private UploadedFile FileOf(string id) => database.Files.Get(id) ?? throw Missing("file", id);

    private Dataset DatasetOf(string id) => database.Datasets.Get(id) ?? throw Missing("dataset", id);

    private DatasetVersion VersionOf(string id) => database.DatasetVersions.Get(id) ?? throw Missing("dataset version", id);

    private DatasetVersion ReadyVersionOf(string id)
    {
        var version = VersionOf(id);
        return version.State == DatasetState.Ready
            ? version
            : throw new ProblemException(new Problem("version_not_ready", Severity.Fatal, $"Version {version.Number} of {version.FileName} is not ready ({version.State}).", version.Refusal ?? "Wait for the import to end.") { Field = "data" });
    }

    private string UniqueName(string wanted)
    {
        var names = database.Datasets.List().Select(d => d.Name).ToHashSet(StringComparer.OrdinalIgnoreCase);
        var name = wanted;
        for (var n = 2; names.Contains(name); n++)
        {
            name = FormattableString.Invariant($"{wanted} {n}");
        }

        return name;
    }

    /// <summary>Names are labels: the last part of a path, without control characters, at most 200 characters.</summary>
    private static string Label(string name)
    {
        var last = name[(name.LastIndexOfAny(['/', '\\']) + 1)..];
        var clean = new string([.. last.Where(c => !char.IsControl(c))]).Trim();
        return clean.Length == 0 ? "unnamed" : clean.Length > 200 ? clean[..200] : clean;
    }

    private static ProblemException Missing(string what, string id) => new(new Problem("not_found", Severity.Fatal, $"There is no {what} {id}.", "It may have been deleted."));

    private static ProblemException DiskFull(string file, Exception fault) =>
        new(new Problem("disk_full", Severity.Fatal, "The disk is full; what had been written was removed again.", "Free some space, then try again.") { File = file }, fault);

    /// <summary>Passes on at most four notes a second.</summary>
    private sealed class Throttled(Action<double> report, TimeProvider time) : IProgress<double>
    {
        private long last = time.GetTimestamp();

        public void Report(double value)
        {
            if (time.GetElapsedTime(last) >= TimeSpan.FromMilliseconds(250))
            {
                last = time.GetTimestamp();
                report(value);
            }
        }
    }
}
