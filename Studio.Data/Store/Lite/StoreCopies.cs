using System.Globalization;

namespace Studio.Data.Store.Lite;

/// <summary>The copies of the store beside it: written at night and before migrations, verified by opening, the newest seven kept.</summary>
public static class StoreCopies
{
    public const int Keep = 7;

    private const string Prefix = "store-";

    /// <summary>Folder of the copies of a store.</summary>
    public static string FolderOf(string storePath) => Path.Combine(Path.GetDirectoryName(Path.GetFullPath(storePath))!, "backups");

    /// <summary>Writes a copy, opens it to prove that it reads, and removes the oldest beyond <see cref="Keep"/>.</summary>
    /// <returns>Path of the copy.</returns>
    /// <exception cref="StoreException">The copy could not be written or does not read; no half copy stays.</exception>
    public static string Write(StudioDatabase database, string storePath, TimeProvider time)
    {
        var folder = FolderOf(storePath);
        Directory.CreateDirectory(folder);
        var stamp = time.GetUtcNow().ToString("yyyyMMdd-HHmmss", CultureInfo.InvariantCulture);
        var path = Path.Combine(folder, Prefix + stamp + ".db");
        var partial = path + ".partial";
        try
        {
            database.CopyTo(partial);
            var fault = LiteStudioDatabase.Verify(partial);
            if (fault is not null)
            {
                throw new StoreException($"The copy of the store does not read: {fault}");
            }

            File.Move(partial, path, overwrite: true);
        }
        finally
        {
            File.Delete(partial);
        }

        foreach (var old in List(storePath).Skip(Keep))
        {
            File.Delete(old);
        }

        return path;
    }

    /// <summary>Copies of a store, newest first.</summary>
    public static IReadOnlyList<string> List(string storePath)
    {
        var folder = FolderOf(storePath);
        return Directory.Exists(folder)
            ? [.. Directory.GetFiles(folder, Prefix + "*.db").OrderByDescending(Path.GetFileName, StringComparer.Ordinal)]
            : [];
    }

    /// <summary>The newest copy that opens and reads; null when there is none.</summary>
    public static string? NewestGood(string storePath) => List(storePath).FirstOrDefault(path => LiteStudioDatabase.Verify(path) is null);

    /// <summary>Puts a copy in place of the store; the damaged file stays beside it with the ending <c>.damaged</c>.</summary>
    public static void Restore(string storePath, string copy)
    {
        var log = LiteStudioDatabase.LogPath(storePath);
        if (File.Exists(storePath))
        {
            File.Move(storePath, storePath + ".damaged", overwrite: true);
        }

        if (File.Exists(log))
        {
            File.Move(log, storePath + ".damaged-log", overwrite: true);
        }

        File.Copy(copy, storePath);
    }
}
