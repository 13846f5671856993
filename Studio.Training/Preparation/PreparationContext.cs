using System.Text.Json.Nodes;
using Studio.Data.Jobs;
using Studio.Data.Preparation;
using Studio.Training.Evaluation;

namespace Studio.Training.Preparation;

/// <summary>What a builder works with.</summary>
public sealed record PreparationContext(PreparationSpec Spec, JobFolder Folder)
{
    private EvaluatedModel? model;

    /// <summary>The base model, or the base with the adapter that the spec names.</summary>
    public EvaluatedModel Model
    {
        get => model ?? throw new InvalidOperationException("The model is not loaded while rows are planned.");
        init => model = value;
    }

    /// <summary>The options record of the kind.</summary>
    public T Options<T>() => (T)Preparations.Find(Spec.Kind)!.Read(Spec.Options);

    /// <summary>The rows of all uploaded files with their file and line.</summary>
    /// <exception cref="InvalidDataException">A file is missing or a line is no JSON object.</exception>
    public IEnumerable<UploadedRow> Items()
    {
        foreach (var item in Spec.Items)
        {
            var path = Folder.Resolve(item);
            if (!File.Exists(path))
            {
                throw new FileNotFoundException($"{path}: the prompts are missing");
            }

            foreach (var row in UploadedRow.Read(path))
            {
                yield return row;
            }
        }
    }
}

/// <summary>A JSON line of an uploaded file.</summary>
public sealed record UploadedRow(string File, int Line, JsonObject Fields)
{
    /// <exception cref="InvalidDataException">A line is no JSON object.</exception>
    public static IEnumerable<UploadedRow> Read(string path)
    {
        using var reader = new StreamReader(path);
        foreach (var (line, fields) in JsonRows.Read(reader, Path.GetFileName(path)))
        {
            yield return new UploadedRow(Path.GetFileName(path), line, fields);
        }
    }

    /// <summary>A text field; null when absent or empty.</summary>
    public string? Text(string field) => Fields.Text(field) is { } text && text.Trim() is { Length: > 0 } trimmed ? trimmed : null;

    /// <exception cref="InvalidDataException">Always; for what a row lacks.</exception>
    public InvalidDataException Wrong(string what) => new($"{File}, line {Line}: {what}");
}
