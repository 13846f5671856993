using System.CommandLine;
using Studio.Data;
using Studio.Data.Jobs;
using Studio.Training.Preparation;

namespace Studio.Training.Commands;

/// <summary><c>prepare FOLDER</c>: builds the rows of a preparation, or goes on with them; prints the result as one JSON line.</summary>
public static class PrepareCommand
{
    public static Command Create()
    {
        var folder = new Argument<string>("folder") { Description = "Preparation folder with spec.json." };
        var job = new Option<string?>("--job") { Description = "Also write a job folder that trains on the rows as they stand: spec.json and data/. Needs --recipe." };
        var recipe = new Option<string?>("--recipe") { Description = "Recipe file for --job." };
        var command = new Command("prepare", "Build training rows with the help of the base model: prompts, wanted behaviour, proposed answers, warnings.") { folder, job, recipe };
        command.SetAction((parsed, cancellation) =>
            RunAsync(new JobFolder(parsed.GetValue(folder)!), parsed.GetValue(job) is { } target ? new JobFolder(target) : null, parsed.GetValue(recipe), TimeProvider.System, cancellation));
        return command;
    }

    private static async Task<int> RunAsync(JobFolder folder, JobFolder? job, string? recipe, TimeProvider time, CancellationToken cancellation)
    {
        if (job is not null && !File.Exists(recipe))
        {
            await Console.Error.WriteLineAsync($"There is no recipe file {recipe ?? "given"}; name one with --recipe, such as samples/recipes/refusal-sft.json.").ConfigureAwait(false);
            return ExitCodes.BadInput;
        }

        return await FolderWork.RunAsync(folder, "a preparation", time, async (events, stop) =>
        {
            var result = await new PreparationRun(folder, events, time).RunAsync(stop, cancellation).ConfigureAwait(false);
            if (result is null)
            {
                return null;
            }

            if (job is not null)
            {
                PreparedJob.Write(folder, job, await File.ReadAllTextAsync(recipe!, cancellation).ConfigureAwait(false));
            }

            return [StudioJson.Serialize(result)];
        }).ConfigureAwait(false);
    }
}
