using System.IO.Compression;
using Studio.Training.Lora;

namespace Studio.Training.Exporters;

/// <summary>The PEFT folder as it is, in a zip file.</summary>
public sealed class PeftArchive : Exporter
{
    public override string Name => "peft";

    public override void Write(ExportRequest request)
    {
        _ = LoraConfig.Read(Path.Combine(request.Adapter, AdapterFolder.ConfigFile));
        Directory.CreateDirectory(Path.GetDirectoryName(request.Output)!);
        var partial = request.Output + ".partial";
        using (var archive = ZipFile.Open(partial, ZipArchiveMode.Create))
        {
            foreach (var path in Directory.EnumerateFiles(request.Adapter, "*", SearchOption.AllDirectories).Where(p => !p.EndsWith(".partial", StringComparison.Ordinal)).Order(StringComparer.Ordinal))
            {
                // Trained weights do not compress.
                archive.CreateEntryFromFile(path, Path.GetRelativePath(request.Adapter, path).Replace('\\', '/'), CompressionLevel.Fastest);
            }
        }

        File.Move(partial, request.Output);
    }
}
