using System.Text.Json;
using Studio.Data.Jobs;

namespace Studio.Training.Evaluation;

/// <summary>Reads the <c>spec.json</c> of an evaluation or a preparation.</summary>
internal static class FolderSpec
{
    /// <param name="kind">What the folder is: "an evaluation".</param>
    /// <exception cref="FileNotFoundException">There is none.</exception>
    /// <exception cref="InvalidDataException">It is something else.</exception>
    public static TSpec Read<TSpec>(JobFolder folder, string kind)
    {
        try
        {
            return folder.ReadSpec<TSpec>();
        }
        catch (Exception fault) when (fault is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new FileNotFoundException($"{folder.Spec}: is missing; the folder of {kind} holds spec.json");
        }
        catch (JsonException fault)
        {
            throw new InvalidDataException($"{folder.Spec}: is not the spec of {kind} ({fault.Message})");
        }
    }
}
