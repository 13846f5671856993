using System.Text.Json;
using Studio.Data;
using Studio.Training.Checkpoints;
using Studio.Training.Loop.Optimizers;
using Studio.Training.Lora;
using Studio.Training.Methods;
using static TorchSharp.torch;

namespace Studio.Training.Loop;

/// <summary>Everything of a run that goes into a checkpoint and comes back from one: weights, optimizer, method, schedule, and where the run stands.</summary>
/// <param name="warn">Told of checkpoints that are not whole.</param>
internal sealed class LoopCheckpoints(MethodContext context, TrainingMethod method, IReadOnlyList<OptimizedTensor> tensors, Optimizer optimizer, Schedule schedule, Action<string> warn)
{
    /// <summary>Step of the newest checkpoint; null while there is none.</summary>
    public int? SavedStep { get; private set; }

    /// <summary>Writes a checkpoint, and deletes those that are one too many.</summary>
    public void Save(LoopState state)
    {
        var snapshot = state with
        {
            PlateauFactor = schedule.Plateau?.Factor ?? 1,
            PlateauBest = schedule.Plateau is { } p && double.IsFinite(p.Best) ? p.Best : null,
            PlateauBad = schedule.Plateau?.BadEvaluations ?? 0,
        };
        CheckpointFolder.Save(context.Folder, state.Step, context.Time, folder =>
        {
            ResultFolder.WriteWeights(context, method, folder, card: null);
            SafeTensorsWriter.Write(Path.Combine(folder, "optimizer.safetensors"), optimizer.State().Concat(method.State().Select(s => ("method." + s.Name, s.Tensor))));
            method.Save(folder);
            File.WriteAllText(Path.Combine(folder, "state.json"), JsonSerializer.Serialize(snapshot, StudioJson.Indented));
        });
        SavedStep = state.Step;
        CheckpointFolder.Prune(context.Folder, context.Spec.Recipe.Checkpoints.SaveTotalLimit, state.BestStep);
    }

    /// <summary>Loads the newest whole checkpoint; null when there is none.</summary>
    public LoopState? Resume()
    {
        if (CheckpointFolder.NewestWhole(context.Folder, warn) is not { } step)
        {
            return null;
        }

        var folder = context.Folder.Checkpoint(step);
        var state = StudioJson.Deserialize<LoopState>(File.ReadAllText(Path.Combine(folder, "state.json")));
        LoadWeights(step);
        method.Load(folder);
        using (var file = SafeTensorsFile.Open(Path.Combine(folder, "optimizer.safetensors")))
        {
            optimizer.Load(name => file.Read(name));
            using var quiet = no_grad();
            foreach (var (name, tensor) in method.State())
            {
                using var saved = file.Read("method." + name);
                tensor.copy_(saved);
            }
        }

        if (schedule.Plateau is { } plateau)
        {
            (plateau.Factor, plateau.Best, plateau.BadEvaluations) = (state.PlateauFactor, state.PlateauBest ?? double.PositiveInfinity, state.PlateauBad);
        }

        SavedStep = step;
        return state;
    }

    /// <summary>Puts the weights of a checkpoint into the tensors that learn.</summary>
    public void LoadWeights(int step)
    {
        var folder = context.Folder.Checkpoint(step);
        var path = Path.Combine(folder, context.Adapter is null ? "model.safetensors" : AdapterFolder.WeightsFile);
        using var quiet = no_grad();
        using var file = SafeTensorsFile.Open(path);
        foreach (var tensor in tensors)
        {
            var name = context.Adapter is null ? tensor.Name : "base_model.model." + tensor.Name;
            if (file.Entries.ContainsKey(name))
            {
                using var saved = file.Read(name);
                tensor.Parameter.copy_(saved);
            }
        }

        if (Path.Combine(folder, ResultFolder.ExtraFile) is var beside && File.Exists(beside))
        {
            using var extra = SafeTensorsFile.Open(beside);
            foreach (var tensor in tensors.Where(t => extra.Entries.ContainsKey(t.Name)))
            {
                using var saved = extra.Read(tensor.Name);
                tensor.Parameter.copy_(saved);
            }
        }
    }
}
