using Studio.Data.Examples;

namespace Studio.Training.Methods;

/// <summary>The data of a job as a method reads it: what is trained on, and what is kept aside.</summary>
/// <param name="ValidationSource">The examples behind <paramref name="Validation"/>, as they were written.</param>
internal sealed record DataParts<T>(IReadOnlyList<T> Train, IReadOnlyList<T> Validation, IReadOnlyList<Example> ValidationSource, PreparedData Report)
{
    /// <param name="read">Reads a data file.</param>
    public static DataParts<T> Read(MethodContext context, Func<string, (IReadOnlyList<T> Kept, PreparedData Report, IReadOnlyList<Example> Source)> read)
    {
        var (train, report, _) = read(context.Folder.Resolve(context.Spec.TrainData));
        if (context.Spec.ValidationData is not { } path)
        {
            return new DataParts<T>(train, [], [], report);
        }

        var (held, heldReport, source) = read(context.Folder.Resolve(path));
        return new DataParts<T>(train, held, source, report with { ValidationExamples = held.Count, Problems = [.. report.Problems, .. heldReport.Problems] });
    }
}
