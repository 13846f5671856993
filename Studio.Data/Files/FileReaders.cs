namespace Studio.Data.Files;

/// <summary>The list of containers Studio reads.</summary>
public static class FileReaders
{
    public static IReadOnlyList<FileReader> All { get; } =
    [
        new JsonLines(),
        new Json(),
        new Csv(),
        new PlainText(),
    ];

    /// <summary>The reader that is surest about the start of a file; null when none recognises it.</summary>
    public static FileReader? For(FileHead head)
    {
        var best = All.Select(reader => (Reader: reader, Score: reader.Recognise(head))).MaxBy(r => r.Score);
        return best.Score > 0 ? best.Reader : null;
    }

    public static FileReader? Find(string name) => All.FirstOrDefault(r => r.Name == name);
}
