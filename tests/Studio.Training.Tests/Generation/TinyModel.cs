using Studio.Testing;
using Studio.Training.Checkpoints;
using Studio.Training.Native;
using TorchSharp;

namespace Studio.Training.Tests.Generation;

/// <summary>The two-layer llama of the trajectories set with its word-level tokenizer, in fp32 on the CPU.</summary>
internal static class TinyModel
{
    public static string BaseFolder => GoldenFolder.Under("trajectories", "base");

    public static string AdapterFolder => GoldenFolder.Under("trajectories", "adapter_init");

    public static void SkipIfAbsent() => Skip.IfNot(GoldenFolder.Has("trajectories", "base", "config.json"), "The golden folder has no set trajectories.");

    public static PretrainedModel Load()
    {
        TorchRuntime.Load();
        return PretrainedModel.Load(BaseFolder, new LoadOptions { Device = torch.CPU, DType = torch.ScalarType.Float32 });
    }

    /// <summary>A copy of the adapter whose weights are scaled, so that there are several that differ.</summary>
    public static string ScaledAdapter(string folder, float factor)
    {
        Directory.CreateDirectory(folder);
        File.Copy(Path.Combine(AdapterFolder, "adapter_config.json"), Path.Combine(folder, "adapter_config.json"));
        using var scope = torch.NewDisposeScope();
        using var source = SafeTensorsFile.Open(Path.Combine(AdapterFolder, "adapter_model.safetensors"));
        SafeTensorsWriter.Write(
            Path.Combine(folder, "adapter_model.safetensors"),
            source.Entries.Keys.Select(name => (name, name.Contains("lora_B", StringComparison.Ordinal) ? source.Read(name) * factor : source.Read(name))).ToList(),
            new Dictionary<string, string> { ["format"] = "pt" });
        return folder;
    }
}
