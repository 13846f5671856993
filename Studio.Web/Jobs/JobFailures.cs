using System.Globalization;
using Studio.Data.Jobs;
using Studio.Data.Store;
using Studio.Data.Validation;

namespace Studio.Web.Jobs;

/// <summary>Turns the end of a trainer process into words: what happened and what to change.</summary>
public static class JobFailures
{
    public const string OutOfMemory = "out_of_memory";
    public const string Crashed = "crashed";
    public const string BadInput = "bad_input";
    public const string DiskFull = "disk_full";
    public const string TrainerMissing = "trainer_missing";
    public const string BadData = "bad_data";

    public static JobFailure Of(TrainerExit exit, bool killedForMemory, int step)
    {
        var log = Tail(exit);
        var failure = exit switch
        {
            _ when killedForMemory => new JobFailure(OutOfMemory, "The system ended the training because memory ran out.", "Use a smaller batch size or longest example, a smaller model, or close other programs, and run again."),
            _ when IsDiskFull(log) => new JobFailure(DiskFull, "The disk is full.", "Free some space and run again."),
            { Code: TrainerExit.BadInput } => new JobFailure(BadInput, log.Length > 0 ? log : "The trainer refused its input.", "Correct what the message names and run again."),
            { Code: TrainerExit.Killed } => new JobFailure(Crashed, "The training was killed from outside (SIGKILL), again and again.", "See whether the system ends processes for memory, then run again with a smaller batch size."),
            { Signal: { } signal } => new JobFailure(Crashed, Sentence($"The training ended by {signal}", log), "Run again; if it happens again, choose another base precision or device, and keep the log."),
            _ => new JobFailure(Crashed, Sentence(string.Create(CultureInfo.InvariantCulture, $"The training ended unexpectedly with exit code {exit.Code}"), log), "The log below says more. Run again, or change what it names."),
        };
        return step > 0 ? failure with { Step = step } : failure;
    }

    /// <summary>The same for an evaluation or a preparation, whose answered items are kept.</summary>
    /// <param name="noun">What the job is called.</param>
    public static JobFailure OfItems(TrainerExit exit, bool killedForMemory, string noun)
    {
        var log = Tail(exit);
        return exit switch
        {
            _ when killedForMemory => new JobFailure(OutOfMemory, $"The system ended the {noun} because memory ran out.", "Close other programs or choose a smaller model, and run it again; answered items are kept."),
            _ when IsDiskFull(log) => new JobFailure(DiskFull, "The disk is full.", "Free some space and run it again; answered items are kept."),
            { Code: TrainerExit.BadInput } => new JobFailure(BadInput, log.Length > 0 ? log : "The trainer refused its input.", "Correct what the message names and run it again."),
            { Signal: { } signal } => new JobFailure(Crashed, Sentence($"The {noun} was ended by {signal}, again and again", log), "See whether the system ends processes for memory, then run it again."),
            _ => new JobFailure(Crashed, Sentence(string.Create(CultureInfo.InvariantCulture, $"The {noun} ended unexpectedly with exit code {exit.Code}"), log), "Run it again, or change what the message names."),
        };
    }

    /// <summary>Faults of the host's own part: preparing the folder, starting the process, keeping the result.</summary>
    public static JobFailure Of(Exception fault) => fault switch
    {
        ProblemException { Problem: var problem } => new JobFailure(problem.Rule, problem.Message, problem.Remedy),
        IOException full when BlobFolder.IsDiskFull(full) => new JobFailure(DiskFull, "The disk is full.", "Free some space and run again."),
        FileNotFoundException or System.ComponentModel.Win32Exception => new JobFailure(TrainerMissing, fault.Message, "Repair the installation and run again."),
        InvalidDataException => new JobFailure(BadData, fault.Message, "Choose data and models that are still there and run again."),
        IOException or UnauthorizedAccessException => new JobFailure("disk_error", fault.Message, "See that the data folder can be written, then run again."),
        _ => new JobFailure("internal_error", "Something unexpected happened while the job was prepared or finished.", "The log of the host says more. Run again."),
    };

    private static bool IsDiskFull(string log) => log.Contains("No space left on device", StringComparison.OrdinalIgnoreCase);

    private static string Sentence(string start, string log) => log.Length > 0 ? $"{start}: {log}" : start + ".";

    /// <summary>The last lines that say something; stack frames stay in the log.</summary>
    internal static string Tail(TrainerExit exit)
    {
        var lines = exit.LastLines
            .Select(l => l.Trim())
            .Where(l => l.Length > 0 && !l.StartsWith("at ", StringComparison.Ordinal) && !l.StartsWith("---", StringComparison.Ordinal) && !l.StartsWith("info:", StringComparison.Ordinal))
            .TakeLast(3);
        var text = string.Join(' ', lines);
        return text.Length > 600 ? text[^600..] : text;
    }
}
