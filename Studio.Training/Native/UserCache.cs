namespace Studio.Training.Native;

/// <summary>Small per-user files that only save time: patched libraries and measurements of this machine. Deleting the folder is always safe.</summary>
public static class UserCache
{
    /// <summary>The folder: <c>STUDIO_CACHE</c>, else the platform's cache folder.</summary>
    public static string Folder { get; } = Environment.GetEnvironmentVariable("STUDIO_CACHE") is { Length: > 0 } named
        ? Path.GetFullPath(named)
        : Path.Combine(Platform(), "studio");

    /// <summary>Writes <paramref name="bytes"/> under <paramref name="name"/> so that another process sees the whole file or none; returns its path.</summary>
    public static string Write(string name, ReadOnlySpan<byte> bytes)
    {
        Directory.CreateDirectory(Folder);
        var path = Path.Combine(Folder, name);
        var part = path + "." + Environment.ProcessId.ToString(System.Globalization.CultureInfo.InvariantCulture) + ".part";
        File.WriteAllBytes(part, bytes);
        File.Move(part, path, overwrite: true);
        return path;
    }

    private static string Platform()
    {
        if (Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } xdg)
        {
            return xdg;
        }

        var home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        if (OperatingSystem.IsMacOS() && home.Length > 0)
        {
            return Path.Combine(home, "Library", "Caches");
        }

        if (OperatingSystem.IsWindows())
        {
            return Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData);
        }

        return home.Length > 0 ? Path.Combine(home, ".cache") : Path.GetTempPath();
    }
}
