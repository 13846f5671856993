namespace Studio.Training.Loop;

/// <summary>Room on the disk that a folder lies on.</summary>
public static class DiskSpace
{
    /// <summary>Below this, training waits.</summary>
    public const long Low = 1L << 30;

    /// <summary>Free bytes for this user, or null where the system does not say.</summary>
    public static long? Free(string folder)
    {
        try
        {
            var full = Path.GetFullPath(folder);
            var drive = DriveInfo.GetDrives()
                .Where(d => d.IsReady && full.StartsWith(d.RootDirectory.FullName, StringComparison.Ordinal))
                .OrderByDescending(d => d.RootDirectory.FullName.Length)
                .FirstOrDefault();
            return drive?.AvailableFreeSpace;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
