using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Studio.Data;
using Studio.Data.Examples;
using Studio.Data.Jobs;
using Studio.Data.Recipes;
using Studio.Testing;
using Studio.Training.Loop;

namespace Studio.Training.Tests.Loop;

/// <summary>The trainer as a process: killed, paused, asked to end, and started again.</summary>
[Collection(GlobalGenerator.Name)]
public sealed class ResumeTests : IDisposable
{
    private const int Steps = 160;
    private readonly string root = Directory.CreateTempSubdirectory("studio-resume-").FullName;

    public void Dispose() => Directory.Delete(root, recursive: true);

    [SkippableFact]
    public void A_killed_run_that_resumes_ends_with_the_same_bytes()
    {
        var straight = Make("straight");
        Assert.Equal(0, Run(straight, _ => null).Code);

        var killed = Make("killed");
        var (code, seen) = Run(killed, e => e.Checkpoint?.Step == 10 ? "kill" : null);
        Assert.NotEqual(0, code);
        Assert.False(ResultFolder.IsWhole(killed), "the process ended before it could be killed");
        Assert.Contains(seen, e => e.Checkpoint?.Step == 10);

        var (again, events) = Run(killed, _ => null);
        Assert.Equal(0, again);
        Assert.Contains(events, e => e.Message?.StartsWith("Resumed from", StringComparison.Ordinal) == true);
        Assert.Equal("succeeded", events[^1].State);
        foreach (var file in (string[])[Path.Combine("adapter", "adapter_model.safetensors"), Path.Combine("checkpoints", $"step-{Steps}", "optimizer.safetensors")])
        {
            Assert.True(File.ReadAllBytes(Path.Combine(straight.Root, file)).AsSpan().SequenceEqual(File.ReadAllBytes(Path.Combine(killed.Root, file))), file);
        }
    }

    [SkippableFact]
    public void Pause_ends_with_a_checkpoint_and_the_next_start_goes_on()
    {
        var job = Make("paused");
        var (code, events) = Run(job, e => e.Checkpoint?.Step == 10 ? "pause" : null);
        Assert.Equal((0, "paused"), (code, events[^1].State));
        var step = CheckpointFolder.NewestWhole(job, _ => { })!.Value;
        Assert.True(step >= 10);
        File.Delete(job.Control);
        (code, events) = Run(job, _ => null);
        Assert.Equal((0, "succeeded"), (code, events[^1].State));
        Assert.Equal(Steps, events.Last(e => e.Type == JobEventTypes.Metrics).Step);
    }

    [SkippableFact]
    public void Stop_keeps_what_is_trained_and_cancel_keeps_nothing()
    {
        var stopped = Make("stopped");
        var (code, events) = Run(stopped, e => e.Checkpoint?.Step == 10 ? "stop" : null);
        Assert.Equal((0, "succeeded"), (code, events[^1].State));
        Assert.True(ResultFolder.IsWhole(stopped));

        var cancelled = Make("cancelled");
        (code, events) = Run(cancelled, e => e.Checkpoint?.Step == 10 ? "cancel" : null);
        Assert.Equal((0, "cancelled"), (code, events[^1].State));
        Assert.False(ResultFolder.IsWhole(cancelled));
    }

    [SkippableFact]
    public void A_terminated_process_saves_and_says_so_by_its_exit_code()
    {
        Skip.If(OperatingSystem.IsWindows(), "signals are those of Unix");
        var job = Make("terminated");
        var (code, _) = Run(job, e => e.Checkpoint?.Step == 10 ? "term" : null);
        Assert.Equal(143, code);
        Assert.True(CheckpointFolder.NewestWhole(job, _ => { }) >= 10);
        Assert.False(ResultFolder.IsWhole(job));
    }

    [SkippableFact]
    public void A_damaged_checkpoint_is_passed_over_for_the_one_before()
    {
        var job = Make("damaged");
        Run(job, e => e.Checkpoint?.Step == 20 ? "pause" : null);
        var newest = CheckpointFolder.Steps(job)[^1];
        using (var stream = new FileStream(Path.Combine(job.Checkpoint(newest), "adapter_model.safetensors"), FileMode.Open))
        {
            stream.Position = stream.Length - 1;
            stream.WriteByte(0x7f);
        }

        List<string> warnings = [];
        var whole = CheckpointFolder.NewestWhole(job, warnings.Add);
        Assert.True(whole < newest);
        Assert.Contains(string.Create(CultureInfo.InvariantCulture, $"step-{newest}"), Assert.Single(warnings), StringComparison.Ordinal);
    }

    private JobFolder Make(string name)
    {
        Skip.IfNot(GoldenFolder.Has("trajectories", "base"), "trajectories/base is absent");
        var job = new JobFolder(Path.Combine(root, name));
        Directory.CreateDirectory(job.Data);
        var random = new Random(5);
        string Words(int count) => string.Join(' ', Enumerable.Range(0, count).Select(_ => $"w{random.Next(7, 255)}"));
        IEnumerable<string> Rows(int count) => Enumerable.Range(0, count).Select(_ => StudioJson.Serialize<Example>(new ChatExample
        {
            Messages = [new Message { Role = "user", Content = Words(random.Next(2, 8)) }, new Message { Role = "assistant", Content = Words(random.Next(2, 12)) }],
        }));
        File.WriteAllLines(Path.Combine(job.Data, "train.jsonl"), Rows(60));
        File.WriteAllLines(Path.Combine(job.Data, "validation.jsonl"), Rows(6));
        job.WriteSpec(new JobSpec
        {
            JobId = "job_" + name,
            Name = name,
            BaseModel = new ModelReference("tiny", "tiny", GoldenFolder.Under("trajectories", "base")),
            ValidationData = "data/validation.jsonl",
            Recipe = new Recipe
            {
                Model = new ModelOptions { Device = "cpu", BaseType = "fp32", Threads = 1 },
                Lora = new LoraOptions { R = 4, LoraDropout = 0.1 },
                Data = new DataOptions { MaxLength = 48 },
                Evaluation = new EvaluationOptions { SampleCount = 1, SampleMaxTokens = 4, EvalSteps = 40 },
                Checkpoints = new CheckpointOptions { SaveSteps = 10 },
                Optimization = new OptimizationOptions { MaxSteps = Steps, PerDeviceTrainBatchSize = 2, GradientAccumulationSteps = 2, LearningRate = 1e-3 },
                MethodOptions = new JsonObject { ["neftune_noise_alpha"] = 5 },
            },
        });
        return job;
    }

    /// <param name="wish">Looked at after each event: kill and term end the process, other words go into the control file.</param>
    private static (int Code, IReadOnlyList<JobEvent> Events) Run(JobFolder job, Func<JobEvent, string?> wish)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true };
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "Studio.Training.dll"));
        start.ArgumentList.Add("train");
        start.ArgumentList.Add(job.Root);
        start.Environment["OMP_WAIT_POLICY"] = "PASSIVE";
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        List<JobEvent> events = [];
        var asked = false;
        while (process.StandardOutput.ReadLine() is { } line)
        {
            JobEvent entry;
            try
            {
                entry = StudioJson.Deserialize<JobEvent>(line);
            }
            catch (JsonException)
            {
                continue;
            }

            events.Add(entry);
            if (asked || wish(entry) is not { } word)
            {
                continue;
            }

            asked = true;
            switch (word)
            {
                case "kill":
                    process.Kill();
                    break;
                case "term":
                    using (var kill = Process.Start("kill", ["-TERM", process.Id.ToString(CultureInfo.InvariantCulture)]))
                    {
                        kill.WaitForExit();
                    }

                    break;
                default:
                    File.WriteAllText(job.Control, word);
                    break;
            }
        }

        process.WaitForExit();
        Assert.True(process.ExitCode is 0 or 143 or 137, errors.Result);
        return (process.ExitCode, events);
    }
}
