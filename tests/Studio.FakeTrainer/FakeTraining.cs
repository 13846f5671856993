using System.Globalization;
using Studio.Data.Jobs;

namespace Studio.FakeTrainer;

/// <summary>
/// Writes the events, checkpoints and adapter of a run without training. The job's name says what shall go wrong:
/// slow (waits for a file "go" or a control word before it goes past step 3), kill-once, kill-always, fail, refuse, silent.
/// </summary>
internal static class FakeTraining
{
    public static async Task<int> RunAsync(string root)
    {
        var folder = new JobFolder(root);
        var spec = folder.ReadSpec<JobSpec>();
        using var process = new FakeProcess(folder);
        process.State("loading");
        if (spec.Name.Contains("refuse", StringComparison.Ordinal))
        {
            Console.Error.WriteLine("data/train.jsonl line 3: field messages is missing; add it");
            return 2;
        }

        var total = spec.Recipe.Optimization.MaxSteps ?? 10;
        var start = Newest(folder);
        process.Write(new JobEvent { Time = FakeProcess.Now, Type = JobEventTypes.State, State = "training", Step = start, TotalSteps = total });
        for (var step = start + 1; step <= total; step++)
        {
            if (step == 4 && spec.Name.Contains("slow", StringComparison.Ordinal))
            {
                await process.WaitAsync();
            }

            if (process.Ends)
            {
                Save(process, folder, step - 1);
                return FakeProcess.Ended;
            }

            if (process.Control is { } word)
            {
                Save(process, folder, step - 1);
                if (word == "stop")
                {
                    return Finish(process, folder, spec, step - 1, total);
                }

                process.Write(new JobEvent { Time = FakeProcess.Now, Type = JobEventTypes.State, State = word == "pause" ? "paused" : "cancelled", Step = step - 1 });
                return 0;
            }

            process.Write(new JobEvent
            {
                Time = FakeProcess.Now,
                Type = JobEventTypes.Metrics,
                Step = step,
                TotalSteps = total,
                Metrics = new Dictionary<string, double> { ["loss"] = 4.0 / step, ["learning_rate"] = 1e-4, ["mean_token_accuracy"] = 0.5, ["trained_tokens"] = step * 100, ["tokens_per_second"] = 100, ["eta_seconds"] = total - step },
            });
            if (step == 5)
            {
                process.Write(new JobEvent { Time = FakeProcess.Now, Type = JobEventTypes.Evaluation, Step = step, TotalSteps = total, Metrics = new Dictionary<string, double> { ["eval_loss"] = 1.5, ["eval_mean_token_accuracy"] = 0.6 } });
                Save(process, folder, step);
            }

            if ((step == 7 && start == 0 && spec.Name.Contains("kill-once", StringComparison.Ordinal)) || (step == start + 1 && spec.Name.Contains("kill-always", StringComparison.Ordinal)))
            {
                FakeProcess.Kill();
            }

            if (step == 6 && spec.Name.Contains("fail", StringComparison.Ordinal))
            {
                process.Write(new JobEvent { Time = FakeProcess.Now, Type = JobEventTypes.Failure, Step = step, Failure = new JobFailure("nan_loss", "The loss became NaN at step 6.", "Lower the learning rate.") { Step = step } });
                return 1;
            }
        }

        return Finish(process, folder, spec, total, total);
    }

    private static int Finish(FakeProcess process, JobFolder folder, JobSpec spec, int step, int total)
    {
        if (spec.Name.Contains("silent", StringComparison.Ordinal))
        {
            Console.Error.WriteLine("ended in silence");
            return 0;
        }

        if (spec.Recipe.Lora.Enabled)
        {
            WriteAdapter(folder.Adapter, step);
        }
        else
        {
            Directory.CreateDirectory(folder.Adapter);
            File.WriteAllText(Path.Combine(folder.Adapter, "model.safetensors"), "a whole model");
        }

        process.Write(new JobEvent { Time = FakeProcess.Now, Type = JobEventTypes.State, State = "succeeded", Step = step, TotalSteps = total });
        return 0;
    }

    private static void Save(FakeProcess process, JobFolder folder, int step)
    {
        if (step < 1 || Directory.Exists(folder.Checkpoint(step)))
        {
            return;
        }

        WriteAdapter(Path.Combine(folder.Checkpoint(step), "adapter"), step);
        process.Write(new JobEvent { Time = FakeProcess.Now, Type = JobEventTypes.Checkpoint, Step = step, Checkpoint = new CheckpointNote(step, $"checkpoints/step-{step}", false, 1.5) });
    }

    private static void WriteAdapter(string folder, int step)
    {
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, "adapter_config.json"), """{"peft_type":"LORA","r":8,"lora_alpha":16,"target_modules":["q_proj","v_proj"]}""");
        File.WriteAllText(Path.Combine(folder, "adapter_model.safetensors"), string.Create(CultureInfo.InvariantCulture, $"weights after step {step} of {folder}"));
    }

    private static int Newest(JobFolder folder) => Directory.Exists(folder.Checkpoints)
        ? Directory.GetDirectories(folder.Checkpoints).Select(d => int.Parse(Path.GetFileName(d)[5..], CultureInfo.InvariantCulture)).DefaultIfEmpty().Max()
        : 0;
}
