using System.Text.Json;
using Studio.Data;
using Studio.Data.Jobs;
using Studio.Data.Preparation;
using Studio.Data.Recipes;

namespace Studio.Training.Preparation;

/// <summary>A job folder made of a finished preparation and a recipe, for training from the command line.</summary>
public static class PreparedJob
{
    /// <param name="recipe">Text of a recipe file.</param>
    /// <exception cref="InvalidDataException">The recipe is wrong, or its method cannot use prepared rows.</exception>
    public static void Write(JobFolder preparation, JobFolder job, string recipe)
    {
        Recipe read;
        try
        {
            read = StudioJson.Deserialize<Recipe>(recipe);
        }
        catch (JsonException fault)
        {
            throw new InvalidDataException($"The recipe is no recipe ({fault.Message}).");
        }

        if (read.Validate() is { Count: > 0 } problems)
        {
            throw new InvalidDataException($"The recipe {read.Name}: {string.Join(" ", problems.Select(p => $"{p.Message} {p.Remedy}"))}");
        }

        var spec = preparation.ReadSpec<PreparationSpec>();
        var kind = TrainingMethods.Find(read.Method)!.Needs[0];
        Directory.CreateDirectory(job.Data);
        var (_, validation) = PreparedExamples.Write(
            kind,
            Path.Combine(preparation.Root, PreparedRows.FileName),
            Path.Combine(job.Data, "train.jsonl"),
            Path.Combine(job.Data, "validation.jsonl"));
        job.WriteSpec(new JobSpec
        {
            JobId = Path.GetFileName(job.Root),
            Name = $"{spec.Kind}: {read.Name}",
            BaseModel = spec.BaseModel with { Path = preparation.Resolve(spec.BaseModel.Path) },
            StartAdapterPath = spec.AdapterPath is { } adapter ? preparation.Resolve(adapter) : null,
            Recipe = read,
            ValidationData = validation > 0 ? "data/validation.jsonl" : null,
        });
    }
}
