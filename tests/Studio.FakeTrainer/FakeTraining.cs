using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Studio.Data;
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
        var spec = folder.ReadSpec();
        var stop = new TaskCompletionSource();
        using var onTerminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context =>
        {
            context.Cancel = true;
            stop.TrySetResult();
        });

        Write(folder, new JobEvent { Time = Now, Type = JobEventTypes.State, State = "loading" });
        if (spec.Name.Contains("refuse", StringComparison.Ordinal))
        {
            Console.Error.WriteLine("data/train.jsonl line 3: field messages is missing; add it");
            return 2;
        }

        var total = spec.Recipe.Optimization.MaxSteps ?? 10;
        var start = Newest(folder);
        Write(folder, new JobEvent { Time = Now, Type = JobEventTypes.State, State = "training", Step = start, TotalSteps = total });
        for (var step = start + 1; step <= total; step++)
        {
            if (step == 4 && spec.Name.Contains("slow", StringComparison.Ordinal))
            {
                while (!File.Exists(Path.Combine(root, "go")) && !File.Exists(folder.Control) && !stop.Task.IsCompleted && ParentLives())
                {
                    await Task.Delay(20);
                }
            }

            if (stop.Task.IsCompleted || !ParentLives())
            {
                Save(folder, step - 1);
                return 143;
            }

            if (File.Exists(folder.Control))
            {
                var word = await File.ReadAllTextAsync(folder.Control);
                Save(folder, step - 1);
                if (word == "stop")
                {
                    return Finish(folder, spec, step - 1, total);
                }

                Write(folder, new JobEvent { Time = Now, Type = JobEventTypes.State, State = word == "pause" ? "paused" : "cancelled", Step = step - 1 });
                return 0;
            }

            Write(folder, new JobEvent
            {
                Time = Now,
                Type = JobEventTypes.Metrics,
                Step = step,
                TotalSteps = total,
                Metrics = new Dictionary<string, double> { ["loss"] = 4.0 / step, ["learning_rate"] = 1e-4, ["mean_token_accuracy"] = 0.5, ["trained_tokens"] = step * 100, ["tokens_per_second"] = 100, ["eta_seconds"] = total - step },
            });
            if (step == 5)
            {
                Write(folder, new JobEvent { Time = Now, Type = JobEventTypes.Evaluation, Step = step, TotalSteps = total, Metrics = new Dictionary<string, double> { ["eval_loss"] = 1.5, ["eval_mean_token_accuracy"] = 0.6 } });
                Save(folder, step);
            }

            if ((step == 7 && start == 0 && spec.Name.Contains("kill-once", StringComparison.Ordinal)) || (step == start + 1 && spec.Name.Contains("kill-always", StringComparison.Ordinal)))
            {
                Process.GetCurrentProcess().Kill();
            }

            if (step == 6 && spec.Name.Contains("fail", StringComparison.Ordinal))
            {
                Write(folder, new JobEvent { Time = Now, Type = JobEventTypes.Failure, Step = step, Failure = new JobFailure("nan_loss", "The loss became NaN at step 6.", "Lower the learning rate.") { Step = step } });
                return 1;
            }
        }

        return Finish(folder, spec, total, total);
    }

    private static DateTimeOffset Now => TimeProvider.System.GetUtcNow();

    private static int Finish(JobFolder folder, JobSpec spec, int step, int total)
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

        Write(folder, new JobEvent { Time = Now, Type = JobEventTypes.State, State = "succeeded", Step = step, TotalSteps = total });
        return 0;
    }

    private static void Save(JobFolder folder, int step)
    {
        if (step < 1 || Directory.Exists(folder.Checkpoint(step)))
        {
            return;
        }

        WriteAdapter(Path.Combine(folder.Checkpoint(step), "adapter"), step);
        Write(folder, new JobEvent { Time = Now, Type = JobEventTypes.Checkpoint, Step = step, Checkpoint = new CheckpointNote(step, $"checkpoints/step-{step}", false, 1.5) });
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

    public static bool ParentLives()
    {
        if (!int.TryParse(Environment.GetEnvironmentVariable("STUDIO_PARENT_PID"), NumberStyles.None, CultureInfo.InvariantCulture, out var parent))
        {
            return true;
        }

        try
        {
            using var process = Process.GetProcessById(parent);
            return !process.HasExited;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    private static void Write(JobFolder folder, JobEvent happened) => File.AppendAllText(folder.Events, StudioJson.Serialize(happened) + "\n");
}
