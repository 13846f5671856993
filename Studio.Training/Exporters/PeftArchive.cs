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
            foreach (var name in (string[])[AdapterFolder.ConfigFile, AdapterFolder.WeightsFile, "README.md", "studio.json"])
            {
                var path = Path.Combine(request.Adapter, name);
                if (File.Exists(path))
                {
                    // Trained weights do not compress.
                    archive.CreateEntryFromFile(path, name, CompressionLevel.Fastest);
                }
            }
        }

        File.Move(partial, request.Output);
    }
}
