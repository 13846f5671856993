using Studio.Data.Store;
using Studio.Data.Validation;

namespace Studio.Data.Datasets;

/// <summary>The folder of a version while it is written: it gets its final name as the last step, and vanishes when the import does not end.</summary>
internal sealed class VersionFolder : IDisposable
{
    private readonly BlobFolder blobs;
    private readonly string partial;
    private readonly string final;
    private ProblemLog? problems;
    private RowFile.Writer? rows;
    private bool finished;

    public VersionFolder(BlobFolder blobs, DatasetVersion version)
    {
        this.blobs = blobs;
        final = PathOf(blobs, version);
        partial = blobs.Full("datasets", version.DatasetId, version.Id + ".partial");
        if (Directory.Exists(partial))
        {
            Directory.Delete(partial, recursive: true);
        }
    }

    public ProblemLog Problems => problems ??= new ProblemLog(Directory.CreateDirectory(partial).FullName);

    public RowFile.Writer Rows => rows ??= new RowFile(Directory.CreateDirectory(partial).FullName).Create();

    public static string PathOf(BlobFolder blobs, DatasetVersion version) => blobs.Full("datasets", version.DatasetId, version.Id);

    /// <summary>Ends the files, gives the folder its name, and says in the version what was found.</summary>
    public DatasetVersion Finish(DatasetVersion version)
    {
        _ = Problems;
        _ = Rows;
        rows!.Dispose();
        problems!.Dispose();
        var fatal = problems.Fatal;
        if (fatal is not null)
        {
            File.Delete(new RowFile(partial).RowsPath);
        }

        if (Directory.Exists(final))
        {
            Directory.Delete(final, recursive: true);
        }

        Directory.Move(partial, final);
        finished = true;
        return version with
        {
            State = fatal is null ? DatasetState.Ready : DatasetState.Refused,
            Refusal = fatal is null ? null : $"{fatal.Message} {fatal.Remedy}",
            ContentSha256 = fatal is null ? version.ContentSha256 : null,
            ProblemCounts = new Dictionary<string, long>(problems.Counts),
            Errors = problems.Errors,
            Warnings = problems.Warnings,
            Progress = 1,
        };
    }

    public void Dispose()
    {
        if (finished)
        {
            return;
        }

        try
        {
            rows?.Dispose();
            problems?.Dispose();
        }
        catch (IOException)
        {
            // A full disk also refuses the last bytes of what is deleted next.
        }

        if (Directory.Exists(partial))
        {
            Directory.Delete(partial, recursive: true);
        }
    }
}
