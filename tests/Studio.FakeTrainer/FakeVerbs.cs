using Studio.Data;
using Studio.Data.Jobs;
using Studio.Data.Registry;

namespace Studio.FakeTrainer;

/// <summary>The short verbs.</summary>
internal static class FakeVerbs
{
    public static int Inspect(string model)
    {
        if (!Path.Exists(model) || model.Contains("broken", StringComparison.Ordinal))
        {
            Console.Error.WriteLine($"{model}: not a model");
            return 2;
        }

        Console.Out.WriteLine(StudioJson.Serialize(new ModelFacts
        {
            Format = "gguf",
            ModelType = "llama",
            Parameters = 1000,
            Layers = 2,
            SizeBytes = File.Exists(model) ? new FileInfo(model).Length : 0,
            Sha256 = new string('a', 64),
            HasChatTemplate = true,
            LinearModules = ["q_proj", "v_proj"],
        }));
        return 0;
    }

    public static int Check(string folder)
    {
        var job = new JobFolder(folder);
        var spec = job.ReadSpec<JobSpec>();
        Console.Error.WriteLine("checking");
        Console.Out.WriteLine(StudioJson.Serialize(new CheckReport { Examples = File.ReadLines(job.Resolve(spec.TrainData)).LongCount(), TotalSteps = 10, Tokens = 1234, EstimatedSeconds = 5 }));
        return 0;
    }

    public static int Export(string adapter, string[] rest)
    {
        var output = rest[Array.IndexOf(rest, "--output") + 1];
        Directory.CreateDirectory(output);
        File.Copy(Path.Combine(adapter, "adapter_model.safetensors"), Path.Combine(output, "model.safetensors"));
        return 0;
    }
}
