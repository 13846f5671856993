using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using Studio.Data;
using Studio.Data.Jobs;
using Studio.Training.Checkpoints;
using Studio.Training.Exporters;
using Studio.Training.Lora;
using Studio.Training.Methods;

namespace Studio.Training.Loop;

/// <summary>
/// The result of a job, <c>adapter/</c>: a PEFT folder (or a whole model after full fine-tuning) with a card and <c>studio.json</c>, which says where it comes from.
/// </summary>
public static class ResultFolder
{
    public const string ProvenanceFile = "studio.json";

    /// <summary>Trained tensors that only a resumed run needs (value heads).</summary>
    public const string ExtraFile = "extra.safetensors";

    /// <summary>True when the result stands; provenance is written last.</summary>
    public static bool IsWhole(JobFolder job) => File.Exists(Path.Combine(job.Adapter, ProvenanceFile));

    /// <summary>Writes the trained weights as they are now.</summary>
    public static void WriteWeights(MethodContext context, TrainingMethod method, string folder, string? card)
    {
        List<(string Name, TorchSharp.torch.Tensor Tensor)> extra = [.. method.ExtraParameters.Select(p => (p.Name, (TorchSharp.torch.Tensor)p.Parameter))];
        var whole = method.TaskType != "CAUSAL_LM";
        if (context.Adapter is { } adapter)
        {
            AdapterFolder.Write(folder, adapter, card, method.TaskType, whole ? extra : null);
        }
        else
        {
            ModelFolder.Write(folder, context.Base, card, modules: whole ? extra : null, change: whole ? config => ModelFolder.Classify(config, method.TaskType, (int)extra[0].Tensor.shape[0]) : null);
        }

        if (extra.Count > 0 && !whole && card is null)
        {
            SafeTensorsWriter.Write(Path.Combine(folder, ExtraFile), extra);
        }
    }

    public static void Write(MethodContext context, TrainingMethod method, LoopState state, TimeProvider time)
    {
        var partial = context.Folder.Adapter + ".partial";
        if (Directory.Exists(partial))
        {
            Directory.Delete(partial, recursive: true);
        }

        Directory.CreateDirectory(partial);
        Dictionary<string, double> metrics = new(state.LastEvaluation);
        if (state.LastLoss is { } loss)
        {
            metrics["loss"] = loss;
        }

        WriteWeights(context, method, partial, ModelCard.Write(context.Spec, method.ResultKind, state, metrics));
        var weights = Path.Combine(partial, context.Adapter is null ? "model.safetensors" : AdapterFolder.WeightsFile);
        using (var stream = File.OpenRead(weights))
        {
            var provenance = new JsonObject
            {
                ["schema_version"] = 1,
                ["kind"] = method.ResultKind,
                ["job_id"] = context.Spec.JobId,
                ["name"] = context.Spec.Name,
                ["created_at"] = time.GetUtcNow(),
                ["base_model"] = JsonSerializer.SerializeToNode(context.Spec.BaseModel with { Sha256 = context.Base.Sha256 }, StudioJson.Options),
                ["chat_template_sha256"] = context.Base.Template?.Sha256,
                ["weights_sha256"] = Convert.ToHexStringLower(SHA256.HashData(stream)),
                ["recipe"] = JsonSerializer.SerializeToNode(context.Spec.Recipe, StudioJson.Options),
                ["data"] = JsonSerializer.SerializeToNode(context.Spec.Data, StudioJson.Options),
                ["steps"] = state.Step,
                ["tokens"] = state.Tokens,
                ["trained_tokens"] = state.TrainedTokens,
                ["metrics"] = JsonSerializer.SerializeToNode(metrics, StudioJson.Options),
            };
            File.WriteAllText(Path.Combine(partial, ProvenanceFile), provenance.ToJsonString(StudioJson.Indented));
        }

        CheckpointFolder.FlushFolder(partial);
        if (Directory.Exists(context.Folder.Adapter))
        {
            Directory.Delete(context.Folder.Adapter, recursive: true);
        }

        Directory.Move(partial, context.Folder.Adapter);
        CheckpointFolder.FlushFolder(context.Folder.Root);
    }
}
