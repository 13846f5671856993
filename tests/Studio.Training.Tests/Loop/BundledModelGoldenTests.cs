using System.Text.Json.Nodes;
using Studio.Data.Jobs;
using Studio.Data.Recipes;
using Studio.Testing;
using Studio.Training.Batching;
using Studio.Training.Checkpoints;
using Studio.Training.Lora;
using Studio.Training.Loop;
using Studio.Training.Methods;
using static TorchSharp.torch;

namespace Studio.Training.Tests.Loop;

/// <summary>Sixteen steps on the bundled model against transformers and PEFT.</summary>
public sealed class BundledModelGoldenTests
{
    [SkippableFact]
    public void Training_follows_the_reference_run()
    {
        Skip.IfNot(GoldenFolder.Has("smollm2", "lora_training.json") && GoldenFolder.Has("smollm2", "lora_initial"), "smollm2: the initial adapter of the run is not in the golden folder");
        var model = Directory.EnumerateFiles(RepositoryRoot.Under("samples", "models"), "*.gguf", SearchOption.AllDirectories).FirstOrDefault();
        Skip.If(model is null, "samples/models has no GGUF file");
        var run = GoldenJson.Read("smollm2", "lora_training.json");
        var folder = new JobFolder(Directory.CreateTempSubdirectory("studio-run-").FullName);
        try
        {
            using var scope = NewDisposeScope();
            using var source = PretrainedModel.Load(model!);
            using var adapter = AdapterFolder.Load(source.Model, GoldenFolder.Under("smollm2", "lora_initial"));
            var steps = run["steps"]!.AsArray();
            var spec = new JobSpec
            {
                JobId = "job_golden",
                Name = "golden",
                BaseModel = new ModelReference("base", "base", ""),
                Recipe = new Recipe
                {
                    Data = new DataOptions { Packing = false, Shuffle = false, MaxLength = 4096 },
                    Evaluation = new EvaluationOptions { SampleCount = 0 },
                    Checkpoints = new CheckpointOptions { SaveSteps = 1000 },
                    Optimization = new OptimizationOptions { MaxSteps = steps.Count, LearningRate = 2e-4, PerDeviceTrainBatchSize = 4 },
                },
            };
            var context = new MethodContext(spec, folder, source, adapter, CPU);
            using var method = new Sft(context);
            method.Use([.. run["examples"]!.AsArray().Select(e => Example(e!))], new PreparedData());
            using var events = new EventWriter(folder.Events, TimeProvider.System);
            using var stop = StopRequest.OfFolder(folder);
            using var loop = new TrainingLoop(context, method, events, stop) { Rate = s => s < 2 ? 2e-4 * (s + 1) / 2 : 2e-4 * (16 - s) / 14 };
            loop.OnStep = (step, metrics) =>
            {
                var expected = steps[step - 1]!;
                Assert.Equal((double)expected["loss"]!, metrics["loss"], 1e-3);
                Assert.Equal((double)(expected["lr"] ?? expected["learning_rate"])!, metrics["learning_rate"], 1e-10);
            };
            loop.Run();
            using var final = SafeTensorsFile.Open(GoldenFolder.Under("smollm2", "lora_final_layers_0_29.safetensors"));
            foreach (var (name, parameter) in adapter.Parameters())
            {
                var key = final.Entries.Keys.FirstOrDefault(k => k.EndsWith(name, StringComparison.Ordinal) || k.Replace(".default.", ".", StringComparison.Ordinal).EndsWith(name, StringComparison.Ordinal));
                if (key is not null)
                {
                    var difference = (final.Read(key) - parameter).abs().max().item<float>();
                    Assert.True(difference < 2e-4, $"{name}: {difference}");
                }
            }
        }
        finally
        {
            Directory.Delete(folder.Root, recursive: true);
        }
    }

    private static LabelledTokens Example(JsonNode example)
    {
        var ids = example["ids"].Ints();
        return new LabelledTokens(ids, [.. ids.Select((id, i) => i < (int)example["prompt_tokens"]! ? Collation.Ignored : id)]);
    }
}
