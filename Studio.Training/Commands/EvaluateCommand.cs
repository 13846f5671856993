using System.CommandLine;
using Studio.Data;
using Studio.Data.Evaluation;
using Studio.Data.Jobs;
using Studio.Training.Evaluation;

namespace Studio.Training.Commands;

/// <summary><c>evaluate FOLDER</c>: runs the suites of an evaluation, or goes on with them; one JSON line per measure.</summary>
public static class EvaluateCommand
{
    public static Command Create()
    {
        var folder = new Argument<string>("folder") { Description = "Evaluation folder with spec.json." };
        var markdown = new Option<bool>("--markdown") { Description = "Print the numbers as a Markdown table instead of JSON lines." };
        var command = new Command("evaluate", "Run the suites of an evaluation and compare with the base: items, intervals and paired tests.") { folder, markdown };
        command.SetAction((parsed, cancellation) => RunAsync(new JobFolder(parsed.GetValue(folder)!), parsed.GetValue(markdown), TimeProvider.System, cancellation));
        return command;
    }

    private static Task<int> RunAsync(JobFolder folder, bool markdown, TimeProvider time, CancellationToken cancellation) => FolderWork.RunAsync(folder, "an evaluation", time, async (events, stop) =>
    {
        var result = await new EvaluationRun(folder, events, time).RunAsync(stop, cancellation).ConfigureAwait(false);
        return result is null ? null : markdown ? [EffectTable.Markdown(result.Measures).TrimEnd('\n')] : result.Measures.Select(StudioJson.Serialize);
    });
}
