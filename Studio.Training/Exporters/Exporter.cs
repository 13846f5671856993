namespace Studio.Training.Exporters;

/// <summary>An export that somebody asks for.</summary>
/// <param name="Adapter">Adapter folder.</param>
/// <param name="Base">Base model, where the format needs it.</param>
/// <param name="Output">File or folder that does not exist yet.</param>
public sealed record ExportRequest(string Adapter, string? Base, string Output, Action<string> Log);

/// <summary>A form that other programs take.</summary>
public abstract class Exporter
{
    public abstract string Name { get; }

    /// <exception cref="ArgumentException">Something that the format needs was not given.</exception>
    /// <exception cref="InvalidDataException">The adapter or the base cannot be expressed in this format; the message says why.</exception>
    public abstract void Write(ExportRequest request);
}

/// <summary>The formats by name: a new one is a file here and a line below.</summary>
public static class ExporterList
{
    public static IReadOnlyList<Exporter> All { get; } = [new PeftArchive(), new MergedModel()];
}
