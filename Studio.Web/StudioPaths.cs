using Studio.Data.Jobs;

namespace Studio.Web;

/// <summary>Every path below the data root. Names on disk are ids that Studio made; nothing a user typed becomes a path.</summary>
public sealed class StudioPaths
{
    public StudioPaths(string root)
    {
        Root = Path.GetFullPath(root);
        foreach (var folder in new[] { Root, Files, Datasets, Jobs, Evaluations, Preparations, Adapters, Exports, Keys, Backups, Scratch })
        {
            Directory.CreateDirectory(folder);
        }

        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(Keys, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    public string Root { get; }

    public string Files => Path.Combine(Root, "files");

    public string Datasets => Path.Combine(Root, "datasets");

    public string Jobs => Path.Combine(Root, "jobs");

    public string Evaluations => Path.Combine(Root, "evaluations");

    public string Preparations => Path.Combine(Root, "preparations");

    /// <summary>Answers of base models by content hash, shared by all evaluations; may be deleted at any time.</summary>
    public string Answers => Path.Combine(Root, "answers");

    public string Adapters => Path.Combine(Root, "adapters");

    public string Exports => Path.Combine(Root, "exports");

    /// <summary>Data protection keys, readable by this user alone.</summary>
    public string Keys => Path.Combine(Root, "keys");

    /// <summary>Private key that signs passports.</summary>
    public string PassportKey => Path.Combine(Keys, "passport.key");

    public string Backups => Path.Combine(Root, "backups");

    /// <summary>Short-lived folders (checks, previews); emptied at start.</summary>
    public string Scratch => Path.Combine(Root, "scratch");

    public string Database => Path.Combine(Root, "store.db");

    public JobFolder Job(string jobId) => new(Under(Jobs, jobId));

    public JobFolder Evaluation(string evaluationId) => new(Under(Evaluations, evaluationId));

    public JobFolder Preparation(string preparationId) => new(Under(Preparations, preparationId));

    public string Adapter(string adapterId) => Under(Adapters, adapterId);

    public string Export(string name) => Under(Exports, name);

    /// <summary>A new, empty scratch folder.</summary>
    public string NewScratch(string prefix)
    {
        var folder = Under(Scratch, Data.NewId.With(prefix));
        Directory.CreateDirectory(folder);
        return folder;
    }

    /// <summary>Makes a folder of a record (relative to the root) absolute.</summary>
    /// <exception cref="UnauthorizedAccessException">The path leaves the data root.</exception>
    public string Resolve(string relative) => Under(Root, relative);

    private static string Under(string folder, string name)
    {
        var full = Path.GetFullPath(Path.Combine(folder, name));
        return full.StartsWith(folder + Path.DirectorySeparatorChar, StringComparison.Ordinal)
            ? full
            : throw new UnauthorizedAccessException($"The path \"{name}\" leaves its folder.");
    }
}
