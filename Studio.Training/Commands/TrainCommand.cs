using System.CommandLine;
using System.Globalization;
using Spectre.Console;
using Studio.Data;
using Studio.Data.Jobs;
using Studio.Training.Loop;

namespace Studio.Training.Commands;

/// <summary><c>train FOLDER</c>: trains the job of a folder, or goes on with it.</summary>
public static class TrainCommand
{
    private const int Ok = 0, BadInput = 2, Fault = 3, Ended = 143;

    public static Command Create()
    {
        var folder = new Argument<string>("folder") { Description = "Job folder with spec.json and data/." };
        var command = new Command("train", "Train the job of a folder, or resume it from its newest checkpoint.") { folder };
        command.SetAction(parsed => Run(new JobFolder(parsed.GetValue(folder)!)));
        return command;
    }

    private static int Run(JobFolder job)
    {
        if (!Directory.Exists(job.Root))
        {
            Console.Error.WriteLine($"There is no folder {job.Root}; give the folder of a job, with spec.json in it.");
            return BadInput;
        }

        var time = TimeProvider.System;
        using var stop = StopRequest.OfProcess(job, time);
        if (Console.IsOutputRedirected)
        {
            // Whoever reads the pipe may be gone; the events file still has everything.
            return Run(job, stop, time, Quietly);
        }

        var code = Ok;
        AnsiConsole.Progress()
            .AutoClear(false)
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn())
            .Start(progress =>
            {
                var bar = progress.AddTask("loading", maxValue: 1);
                bar.IsIndeterminate = true;
                code = Run(job, stop, time, entry => Show(bar, entry));
            });
        return code;
    }

    private static int Run(JobFolder job, StopRequest stop, TimeProvider time, Action<JobEvent> show)
    {
        using var events = new EventWriter(job.Events, time, show);
        try
        {
            using var run = new TrainingRun(job, events, time);
            return run.Run(stop) == LoopEnd.Interrupted ? Ended : Ok;
        }
        catch (Exception fault)
        {
            var failure = TrainingFailure.Of(fault);
            events.Write(events.New(JobEventTypes.Failure) with { Failure = failure, Step = failure.Step });
            events.State("failed", failure.Message);
            Console.Error.WriteLine(failure.Code == "crashed" ? fault.ToString() : $"{failure.Message} {failure.Remedy}");
            return failure.Code switch
            {
                "bad_spec" or "bad_option" or "bad_data" or "bad_model" or "bad_adapter" => BadInput,
                _ => Fault,
            };
        }
    }

    private static void Quietly(JobEvent entry)
    {
        try
        {
            Console.Out.WriteLine(StudioJson.Serialize(entry));
            Console.Out.Flush();
        }
        catch (IOException)
        {
        }
    }

    private static void Show(ProgressTask bar, JobEvent entry)
    {
        switch (entry.Type)
        {
            case JobEventTypes.State:
                bar.Description = entry.State ?? "";
                break;
            case JobEventTypes.Metrics when entry is { Metrics: { } m, Step: { } step, TotalSteps: { } total }:
                bar.IsIndeterminate = false;
                bar.MaxValue = total;
                bar.Value = step;
                bar.Description = string.Create(CultureInfo.InvariantCulture, $"step {step}/{total}  loss {m["loss"]:F4}  lr {m["learning_rate"]:G3}  {m["tokens_per_second"]:F0} tokens/s");
                break;
            case JobEventTypes.Evaluation when entry.Metrics is { } m:
                AnsiConsole.WriteLine(string.Create(CultureInfo.InvariantCulture, $"step {entry.Step}: validation {string.Join("  ", m.Select(p => $"{p.Key} {p.Value.ToString("F4", CultureInfo.InvariantCulture)}"))}"));
                break;
            case JobEventTypes.Sample when entry.Sample is { } sample:
                AnsiConsole.WriteLine($"> {sample.Prompt}\n  {sample.Answer}");
                break;
            case JobEventTypes.Log:
                AnsiConsole.WriteLine($"{entry.Level}: {entry.Message}");
                break;
            case JobEventTypes.Checkpoint when entry.Checkpoint is { } note:
                AnsiConsole.WriteLine($"saved {note.Folder}{(note.Best ? " (best)" : "")}");
                break;
            default:
                break;
        }
    }
}
