namespace Studio.Training.Commands;

/// <summary>What the process says by its exit code, and the one place where faults become messages.</summary>
public static class ExitCodes
{
    public const int Ok = 0;
    /// <summary>What was compared or checked does not hold.</summary>
    public const int Failed = 1;
    public const int BadInput = 2;
    public const int Fault = 3;
    public const int Cancelled = 130;

    /// <summary>Runs a verb; expected faults print one line on standard error, unexpected ones their full text.</summary>
    public static async Task<int> Of(Func<Task<int>> verb)
    {
        try
        {
            return await verb().ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            return Cancelled;
        }
        catch (Exception e) when (e is InvalidDataException or ArgumentException or FileNotFoundException or DirectoryNotFoundException or UnauthorizedAccessException or NotSupportedException or Lora.AdapterException or Tokenizers.TokenizerFormatException)
        {
            await Console.Error.WriteLineAsync(e.Message).ConfigureAwait(false);
            return BadInput;
        }
        catch (IOException e)
        {
            await Console.Error.WriteLineAsync(e.Message).ConfigureAwait(false);
            return BadInput;
        }
        catch (Exception e)
        {
            await Console.Error.WriteLineAsync(e.ToString()).ConfigureAwait(false);
            return Fault;
        }
    }
}
