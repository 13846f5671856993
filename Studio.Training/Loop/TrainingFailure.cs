using Studio.Data.Jobs;

namespace Studio.Training.Loop;

/// <summary>A run that cannot go on, in words for the person who started it.</summary>
public sealed class TrainingFailure(string code, string message, string remedy, int? step = null) : Exception(message)
{
    public JobFailure Failure { get; } = new(code, message, remedy) { Step = step };

    /// <summary>The failure behind any exception.</summary>
    public static JobFailure Of(Exception fault, int? step = null) => fault switch
    {
        TrainingFailure failure => failure.Failure,
        OutOfMemoryException => Memory(step),
        _ when IsMemory(fault.Message) => Memory(step),
        IOException io when IsDiskFull(io) => new JobFailure("disk_full", "The disk is full.", "Free some space and resume; nothing that was saved is lost.") { Step = step },
        Lora.AdapterException => new JobFailure("bad_adapter", fault.Message, "Choose another start adapter or base model.") { Step = step },
        Tokenizers.TokenizerFormatException or Templates.TemplateException => new JobFailure("bad_model", fault.Message, "Check the tokenizer and the chat template of the base model.") { Step = step },
        InvalidDataException or FileNotFoundException or DirectoryNotFoundException => new JobFailure("bad_model", fault.Message, "Check the files of the base model and of the job.") { Step = step },
        ArgumentException => new JobFailure("bad_option", fault.Message, "Change the recipe and start again.") { Step = step },
        _ => new JobFailure("crashed", $"{fault.GetType().Name}: {fault.Message}", "Resume from the last checkpoint; if it happens again, the trainer's log says where.") { Step = step },
    };

    private static JobFailure Memory(int? step) => new("out_of_memory", "The memory of this machine was not enough.", "Lower the batch size or the longest example (raise gradient accumulation to keep the effective batch), or choose a smaller base model.") { Step = step };

    private static bool IsMemory(string message) =>
        message.Contains("out of memory", StringComparison.OrdinalIgnoreCase) || message.Contains("not enough memory", StringComparison.OrdinalIgnoreCase) || message.Contains("can't allocate memory", StringComparison.OrdinalIgnoreCase);

    // ENOSPC, and its Windows twins ERROR_DISK_FULL and ERROR_HANDLE_DISK_FULL.
    private static bool IsDiskFull(IOException fault) => (fault.HResult & 0xFFFF) is 28 or 112 or 39;
}
