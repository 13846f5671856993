using Studio.Data.Jobs;
using Studio.Training.Loop;

namespace Studio.Training.Commands;

/// <summary>What verbs on a folder with spec.json share: events, requests to stop, faults as events and sentences, exit codes.</summary>
internal static class FolderWork
{
    // What a shell shows for a process that ended on SIGTERM: the host takes it up again.
    private const int Ended = 143;

    /// <summary>Does the work of a folder.</summary>
    /// <param name="kind">What the folder is, for the sentence when it is missing: "an evaluation".</param>
    /// <param name="work">Gives the lines for standard output; null when it was paused, cancelled or interrupted and can go on later.</param>
    public static async Task<int> RunAsync(JobFolder folder, string kind, TimeProvider time, Func<EventWriter, StopRequest, Task<IEnumerable<string>?>> work)
    {
        if (!Directory.Exists(folder.Root))
        {
            await Console.Error.WriteLineAsync($"There is no folder {folder.Root}; give the folder of {kind}, with spec.json in it.").ConfigureAwait(false);
            return ExitCodes.BadInput;
        }

        using var stop = StopRequest.OfProcess(folder, time);
        using var events = new EventWriter(folder.Events, time);
        try
        {
            var lines = await work(events, stop).ConfigureAwait(false);
            foreach (var line in lines ?? [])
            {
                await Console.Out.WriteLineAsync(line).ConfigureAwait(false);
            }

            return lines is null && stop.Interrupted ? Ended : ExitCodes.Ok;
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
