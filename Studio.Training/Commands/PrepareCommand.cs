using System.CommandLine;
using Studio.Data;
using Studio.Data.Jobs;
using Studio.Training.Loop;
using Studio.Training.Preparation;

namespace Studio.Training.Commands;

/// <summary><c>prepare FOLDER</c>: builds the rows of a preparation, or goes on with them; prints the result as one JSON line.</summary>
public static class PrepareCommand
{
    private const int Ended = 143;

    public static Command Create()
    {
        var folder = new Argument<string>("folder") { Description = "Preparation folder with spec.json." };
        var job = new Option<string?>("--job") { Description = "Also write a job folder that trains on the rows as they stand: spec.json and data/. Needs --recipe." };
        var recipe = new Option<string?>("--recipe") { Description = "Recipe file for --job." };
        var command = new Command("prepare", "Build training rows with the help of the base model: prompts, wanted behaviour, proposed answers, warnings.") { folder, job, recipe };
        command.SetAction((parsed, cancellation) =>
            RunAsync(new JobFolder(parsed.GetValue(folder)!), parsed.GetValue(job) is { } target ? new JobFolder(target) : null, parsed.GetValue(recipe), TimeProvider.System, cancellation));
        return command;
    }

    private static async Task<int> RunAsync(JobFolder folder, JobFolder? job, string? recipe, TimeProvider time, CancellationToken cancellation)
    {
        if (!Directory.Exists(folder.Root))
        {
            await Console.Error.WriteLineAsync($"There is no folder {folder.Root}; give the folder of a preparation, with spec.json in it.").ConfigureAwait(false);
            return ExitCodes.BadInput;
        }

        if (job is not null && !File.Exists(recipe))
        {
            await Console.Error.WriteLineAsync($"There is no recipe file {recipe ?? "given"}; name one with --recipe, such as samples/recipes/refusal-sft.json.").ConfigureAwait(false);
            return ExitCodes.BadInput;
        }

        using var stop = StopRequest.OfProcess(folder, time);
        using var events = new EventWriter(folder.Events, time);
        try
        {
            var result = await new PreparationRun(folder, events, time).RunAsync(stop, cancellation).ConfigureAwait(false);
            if (result is not null)
            {
                await Console.Out.WriteLineAsync(StudioJson.Serialize(result)).ConfigureAwait(false);
                if (job is not null)
                {
                    PreparedJob.Write(folder, job, await File.ReadAllTextAsync(recipe!, cancellation).ConfigureAwait(false));
                }
            }

            return result is null && stop.Interrupted ? Ended : ExitCodes.Ok;
        }
        catch (OperationCanceledException)
        {
            events.State("paused");
            return stop.Interrupted ? Ended : ExitCodes.Cancelled;
        }
        catch (Exception fault)
        {
            var failure = TrainingFailure.Of(fault);
            events.Write(events.New(JobEventTypes.Failure) with { Failure = failure });
            events.State("failed", failure.Message);
            await Console.Error.WriteLineAsync(failure.Code == "crashed" ? fault.ToString() : $"{failure.Message} {failure.Remedy}").ConfigureAwait(false);
            return failure.Code is "crashed" or "out_of_memory" or "disk_full" ? ExitCodes.Fault : ExitCodes.BadInput;
        }
    }
}
