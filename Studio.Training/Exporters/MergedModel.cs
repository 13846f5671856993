using Studio.Training.Checkpoints;
using Studio.Training.Lora;
using static TorchSharp.torch;

namespace Studio.Training.Exporters;

/// <summary>The base model with the adapter added to its weights, as a Hugging Face folder: a model of its own that needs no adapter support.</summary>
public sealed class MergedModel : Exporter
{
    public override string Name => "merged";

    public override void Write(ExportRequest request)
    {
        var source = request.Base ?? throw new ArgumentException("The merged format holds the base's weights: give --base with its folder or GGUF file.");
        using var model = PretrainedModel.Load(source, new LoadOptions { Device = CPU, DType = ScalarType.Float32 });
        using var adapter = AdapterFolder.Load(model.Model, request.Adapter, request.Log);
        adapter.Merge();
        var head = adapter.Saved.GetValueOrDefault("score.weight");
        ModelFolder.Write(
            request.Output, model, card: null, request.Log,
            modules: [.. adapter.Saved.Select(s => (s.Key, s.Value))],
            change: head is null ? null : config => ModelFolder.Classify(config, adapter.Config.TaskType, (int)head.shape[0]));
    }
}
