namespace Studio.Data.Files;

/// <summary>
/// Reads one kind of container row by row, never the whole file: 1 GB passes within a few megabytes.
/// A new container is one file here and one line in <see cref="FileReaders"/>.
/// </summary>
public abstract class FileReader
{
    /// <summary>Longest line, array element or CSV record, in bytes.</summary>
    public const int MaxRowBytes = 4 * 1024 * 1024;

    /// <summary>Stable name: jsonl, json, csv, text.</summary>
    public abstract string Name { get; }

    public abstract string Title { get; }

    /// <summary>Endings of file names, with the dot, lower case.</summary>
    public abstract IReadOnlyList<string> Extensions { get; }

    /// <summary>0 (no) to 1 (certain): does the start of the file look like this container? The name is only a hint.</summary>
    public abstract double Recognise(FileHead head);

    /// <summary>Rows in order, with problems in place of what cannot be read. A Fatal problem is the last item.</summary>
    public abstract IEnumerable<RowOrProblem> Read(TextInput input);
}

/// <summary>The first 64 KiB of a file, as text, and its name.</summary>
/// <param name="IsWhole">True when the file is no longer than <paramref name="Text"/>.</param>
public sealed record FileHead(string FileName, string Text, bool IsWhole)
{
    public string Extension => Path.GetExtension(FileName).ToLowerInvariant();

    /// <summary>The first character that is not white space; NUL when there is none.</summary>
    public char FirstCharacter
    {
        get
        {
            var trimmed = Text.AsSpan().TrimStart();
            return trimmed.Length > 0 ? trimmed[0] : '\0';
        }
    }
}
