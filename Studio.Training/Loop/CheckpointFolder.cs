using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Studio.Data;
using Studio.Data.Jobs;

namespace Studio.Training.Loop;

/// <summary>What a checkpoint's manifest says about one file.</summary>
public sealed record ManifestFile(long Bytes, string Sha256);

/// <summary>The last file written of a checkpoint: while it is missing or wrong, the checkpoint does not count.</summary>
public sealed record CheckpointManifest(int Step, DateTimeOffset Time, IReadOnlyDictionary<string, ManifestFile> Files);

/// <summary>
/// Checkpoint folders <c>checkpoints/step-N</c>: written beside, flushed to disk, sealed by a manifest of hashes, then renamed. A kill at any moment leaves the last whole one.
/// </summary>
public static class CheckpointFolder
{
    public const string ManifestName = "manifest.json";

    /// <summary>Writes a checkpoint.</summary>
    /// <param name="write">Puts the files into the folder it is given.</param>
    /// <returns>Its path.</returns>
    public static string Save(JobFolder job, int step, TimeProvider time, Action<string> write)
    {
        var target = job.Checkpoint(step);
        var partial = Path.Combine(job.Checkpoints, string.Create(CultureInfo.InvariantCulture, $".partial-{step}"));
        DeleteTree(partial);
        Directory.CreateDirectory(partial);
        write(partial);
        SortedDictionary<string, ManifestFile> files = new(StringComparer.Ordinal);
        foreach (var file in Directory.EnumerateFiles(partial, "*", SearchOption.AllDirectories))
        {
            using var stream = new FileStream(file, FileMode.Open, FileAccess.ReadWrite, FileShare.Read);
            files[Path.GetRelativePath(partial, file).Replace('\\', '/')] = new ManifestFile(stream.Length, Convert.ToHexStringLower(SHA256.HashData(stream)));
            stream.Flush(flushToDisk: true);
        }

        FlushFolder(partial);
        using (var manifest = new FileStream(Path.Combine(partial, ManifestName), FileMode.Create, FileAccess.Write))
        {
            System.Text.Json.JsonSerializer.Serialize(manifest, new CheckpointManifest(step, time.GetUtcNow(), files), StudioJson.Indented);
            manifest.Flush(flushToDisk: true);
        }

        FlushFolder(partial);
        DeleteTree(target);
        Directory.Move(partial, target);
        FlushFolder(job.Checkpoints);
        return target;
    }

    /// <summary>Steps of all checkpoints that have a manifest, oldest first.</summary>
    public static IReadOnlyList<int> Steps(JobFolder job) => !Directory.Exists(job.Checkpoints)
        ? []
        : [.. Directory.EnumerateDirectories(job.Checkpoints, "step-*")
            .Where(d => File.Exists(Path.Combine(d, ManifestName)))
            .Select(d => int.TryParse(Path.GetFileName(d)["step-".Length..], CultureInfo.InvariantCulture, out var step) ? step : -1)
            .Where(s => s >= 0)
            .Order()];

    /// <summary>The newest checkpoint whose files are as its manifest says, or null.</summary>
    /// <param name="warn">Told of each one that is not.</param>
    public static int? NewestWhole(JobFolder job, Action<string> warn)
    {
        foreach (var step in Steps(job).Reverse())
        {
            if (Fault(job.Checkpoint(step)) is not { } fault)
            {
                return step;
            }

            warn($"Checkpoint step-{step} is not used: {fault}.");
        }

        return null;
    }

    /// <summary>What is wrong with a checkpoint; null when it is whole.</summary>
    public static string? Fault(string folder)
    {
        try
        {
            var manifest = StudioJson.Deserialize<CheckpointManifest>(File.ReadAllText(Path.Combine(folder, ManifestName)));
            foreach (var (name, expected) in manifest.Files)
            {
                var path = Path.Combine(folder, name);
                if (!File.Exists(path))
                {
                    return $"{name} is missing";
                }

                using var stream = File.OpenRead(path);
                if (stream.Length != expected.Bytes || Convert.ToHexStringLower(SHA256.HashData(stream)) != expected.Sha256)
                {
                    return $"{name} is not what the manifest says";
                }
            }

            return null;
        }
        catch (Exception fault) when (fault is IOException or System.Text.Json.JsonException or UnauthorizedAccessException)
        {
            return fault.Message;
        }
    }

    /// <summary>Deletes the oldest checkpoints beyond <paramref name="keep"/> (at least 2); <paramref name="best"/> always stays. Half-written folders go too.</summary>
    public static void Prune(JobFolder job, int keep, int? best)
    {
        var steps = Steps(job);
        foreach (var step in steps.Take(Math.Max(0, steps.Count - Math.Max(2, keep))).Where(s => s != best))
        {
            // The manifest goes first, so that a kill in between leaves a folder that does not count.
            File.Delete(Path.Combine(job.Checkpoint(step), ManifestName));
            DeleteTree(job.Checkpoint(step));
        }
    }

    /// <summary>Asks the disk to keep a folder's entries.</summary>
    public static void FlushFolder(string path)
    {
        if (!OperatingSystem.IsLinux() && !OperatingSystem.IsMacOS())
        {
            return;
        }

        var handle = open(path, 0);
        if (handle >= 0)
        {
            _ = fsync(handle);
            _ = close(handle);
        }
    }

    private static void DeleteTree(string path)
    {
        if (Directory.Exists(path))
        {
            Directory.Delete(path, recursive: true);
        }
    }

    [DllImport("libc"), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int open([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags);

    [DllImport("libc"), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int fsync(int handle);

    [DllImport("libc"), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int close(int handle);
}
