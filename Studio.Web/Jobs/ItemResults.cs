using System.Text.Json;
using Studio.Data.Jobs;

namespace Studio.Web.Jobs;

/// <summary>Reads what an evaluation or a preparation found.</summary>
internal static class ItemResults
{
    /// <param name="noun">What the job is called, for the message.</param>
    /// <exception cref="InvalidDataException">There is no result, or it is damaged.</exception>
    public static TResult Read<TResult>(JobFolder folder, string noun)
    {
        try
        {
            return folder.ReadResult<TResult>();
        }
        catch (JsonException fault)
        {
            throw new InvalidDataException($"The result of the {noun} is damaged: {fault.Message}");
        }
        catch (FileNotFoundException)
        {
            throw new InvalidDataException($"The {noun} ended without writing its result.");
        }
    }
}
