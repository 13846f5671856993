using System.CommandLine;
using Studio.Training.Exporters;
using Studio.Training.Lora;
using Studio.Training.Native;

namespace Studio.Training.Commands;

/// <summary><c>export ADAPTER --format NAME --output PATH [--base MODEL]</c>: an adapter in a form that other programs take.</summary>
public static class ExportCommand
{
    public static Command Create()
    {
        var adapter = new Argument<string>("adapter") { Description = "Adapter folder (adapter_config.json, adapter_model.safetensors)." };
        var format = new Option<string>("--format") { Description = $"One of: {string.Join(", ", ExporterList.All.Select(e => e.Name))}.", DefaultValueFactory = _ => "peft" };
        var source = new Option<string?>("--base") { Description = "Base model: folder or GGUF file; needed by formats that hold its weights." };
        var output = new Option<string>("--output") { Description = "File or folder to write; must not exist yet.", Required = true };
        var command = new Command("export", "Write an adapter in a form that other programs take.") { adapter, format, source, output };
        command.SetAction(parsed =>
        {
            try
            {
                var exporter = ExporterList.All.FirstOrDefault(e => e.Name == parsed.GetValue(format))
                    ?? throw new ArgumentException($"There is no export format \"{parsed.GetValue(format)}\"; use one of: {string.Join(", ", ExporterList.All.Select(e => e.Name))}.");
                var target = Path.GetFullPath(parsed.GetValue(output)!);
                if (File.Exists(target) || (Directory.Exists(target) && Directory.EnumerateFileSystemEntries(target).Any()))
                {
                    throw new ArgumentException($"--output {target} exists already; name a new place.");
                }

                TorchRuntime.Load();
                exporter.Write(new ExportRequest(Path.GetFullPath(parsed.GetValue(adapter)!), parsed.GetValue(source), target, message => Console.Error.WriteLine(message)));
                Console.Out.WriteLine(Studio.Data.StudioJson.Serialize(new { exporter.Name, Output = target }));
                return 0;
            }
            catch (Exception fault) when (fault is ArgumentException or AdapterException or InvalidDataException or IOException or UnauthorizedAccessException)
            {
                Console.Error.WriteLine(fault.Message);
                return 2;
            }
        });
        return command;
    }
}
