using System.CommandLine;
using Studio.Data;
using Studio.Data.Evaluation;
using Studio.Data.Jobs;
using Studio.Training.Evaluation;
using Studio.Training.Loop;

namespace Studio.Training.Commands;

/// <summary><c>evaluate FOLDER</c>: runs the suites of an evaluation, or goes on with them; one JSON line per measure.</summary>
public static class EvaluateCommand
{
    private const int Ended = 143;

    public static Command Create()
    {
        var folder = new Argument<string>("folder") { Description = "Evaluation folder with spec.json." };
        var markdown = new Option<bool>("--markdown") { Description = "Print the numbers as a Markdown table instead of JSON lines." };
        var command = new Command("evaluate", "Run the suites of an evaluation and compare with the base: items, intervals and paired tests.") { folder, markdown };
        command.SetAction((parsed, cancellation) => RunAsync(new JobFolder(parsed.GetValue(folder)!), parsed.GetValue(markdown), TimeProvider.System, cancellation));
        return command;
    }

    private static async Task<int> RunAsync(JobFolder folder, bool markdown, TimeProvider time, CancellationToken cancellation)
    {
        if (!Directory.Exists(folder.Root))
        {
            await Console.Error.WriteLineAsync($"There is no folder {folder.Root}; give the folder of an evaluation, with spec.json in it.").ConfigureAwait(false);
            return ExitCodes.BadInput;
        }

        using var stop = StopRequest.OfProcess(folder, time);
        using var events = new EventWriter(folder.Events, time);
        try
        {
            var result = await new EvaluationRun(folder, events, time).RunAsync(stop, cancellation).ConfigureAwait(false);
            if (markdown && result is not null)
            {
                await Console.Out.WriteAsync(EffectTable.Markdown(result.Measures)).ConfigureAwait(false);
            }

            foreach (var measure in markdown ? [] : result?.Measures ?? [])
            {
                await Console.Out.WriteLineAsync(StudioJson.Serialize(measure)).ConfigureAwait(false);
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
