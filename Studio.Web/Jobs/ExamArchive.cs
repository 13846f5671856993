using System.IO.Compression;

namespace Studio.Web.Jobs;

/// <summary>Puts an uploaded exam on disk: a single file under its own name, or a zip with its folders.</summary>
internal static class ExamArchive
{
    private const int MostFiles = 5000;
    private const long MostBytes = 512L << 20;

    /// <exception cref="InvalidDataException">The zip is damaged or unpacks to too much.</exception>
    public static void Unpack(Stream content, string fileName, string folder)
    {
        if (!fileName.EndsWith(".zip", StringComparison.OrdinalIgnoreCase))
        {
            using var single = File.Create(Path.Combine(folder, Path.GetFileName(fileName)));
            content.CopyTo(single);
            return;
        }

        using var archive = new ZipArchive(content, ZipArchiveMode.Read);
        if (archive.Entries.Count > MostFiles)
        {
            throw new InvalidDataException(FormattableString.Invariant($"The zip holds more than {MostFiles} files."));
        }

        var left = MostBytes;
        foreach (var entry in archive.Entries.Where(e => Path.GetExtension(e.Name).ToLowerInvariant() is ".csv" or ".jsonl" or ".json"))
        {
            var target = Path.GetFullPath(Path.Combine(folder, entry.FullName));
            if (!target.StartsWith(folder + Path.DirectorySeparatorChar, StringComparison.Ordinal))
            {
                throw new InvalidDataException("The zip names a file outside of its folder.");
            }

            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            using var from = entry.Open();
            using var to = File.Create(target);
            var buffer = new byte[1 << 16];
            for (int read; (read = from.Read(buffer)) > 0;)
            {
                left -= read;
                if (left < 0)
                {
                    throw new InvalidDataException("The zip unpacks to more than 512 MB.");
                }

                to.Write(buffer, 0, read);
            }
        }
    }
}
