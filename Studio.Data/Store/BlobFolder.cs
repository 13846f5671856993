namespace Studio.Data.Store;

/// <summary>
/// The files below a data root. Names on disk are ids Studio made; every path is checked to stay under the root and to lead through no link.
/// </summary>
public sealed class BlobFolder
{
    private const int DiskFullWindows = 112;
    private const int HandleDiskFullWindows = 39;
    private const int NoSpaceUnix = 28;
    private const int QuotaUnix = 122;

    private readonly string prefix;

    public BlobFolder(string root)
    {
        Root = Path.TrimEndingDirectorySeparator(Path.GetFullPath(root));
        prefix = Root + Path.DirectorySeparatorChar;
        Directory.CreateDirectory(Root);
    }

    public string Root { get; }

    /// <summary>The full path of a file or folder below the root.</summary>
    /// <exception cref="UnauthorizedAccessException">The path leads out of the root, or through a link.</exception>
    public string Full(params ReadOnlySpan<string> parts)
    {
        foreach (var part in parts)
        {
            if (part.Length == 0 || part.Contains('\0', StringComparison.Ordinal) || Path.IsPathRooted(part))
            {
                throw new UnauthorizedAccessException($"\"{part}\" is no name below the data folder.");
            }
        }

        var full = Path.GetFullPath(Path.Combine([Root, .. parts]));
        if (!full.StartsWith(prefix, StringComparison.Ordinal))
        {
            throw new UnauthorizedAccessException("The path leads out of the data folder.");
        }

        for (var step = full; step.Length > Root.Length; step = Path.GetDirectoryName(step)!)
        {
            var info = new FileInfo(step);
            if (info.LinkTarget is not null || (info.Exists && info.Attributes.HasFlag(FileAttributes.ReparsePoint)))
            {
                throw new UnauthorizedAccessException($"{step} is a link; Studio does not follow links in its data folder.");
            }
        }

        return full;
    }

    /// <summary>Opens a file for reading; others may delete it meanwhile.</summary>
    public FileStream OpenRead(params ReadOnlySpan<string> parts) =>
        new(Full(parts), FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, 64 * 1024, FileOptions.SequentialScan);

    /// <summary>Makes a file that must not be there yet, and the folders above it.</summary>
    public FileStream Create(params ReadOnlySpan<string> parts)
    {
        var full = Full(parts);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        return new FileStream(full, FileMode.CreateNew, FileAccess.Write, FileShare.None, 64 * 1024);
    }

    /// <summary>Deletes a file or a folder with all it holds; nothing there is no fault.</summary>
    public void Delete(params ReadOnlySpan<string> parts)
    {
        var full = Full(parts);
        if (Directory.Exists(full))
        {
            Directory.Delete(full, recursive: true);
        }
        else
        {
            File.Delete(full);
        }
    }

    /// <summary>True when a write failed because the disk (or the quota) is full.</summary>
    public static bool IsDiskFull(IOException fault) =>
        OperatingSystem.IsWindows() ? (fault.HResult & 0xFFFF) is DiskFullWindows or HandleDiskFullWindows : fault.HResult is NoSpaceUnix or QuotaUnix;
}
