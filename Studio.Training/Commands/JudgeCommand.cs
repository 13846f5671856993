using System.CommandLine;
using System.Text.Json;
using Studio.Data;
using Studio.Data.Evaluation.Statistics;
using Studio.Training.Evaluation;

namespace Studio.Training.Commands;

/// <summary><c>judge LABELS</c>: how far the refusal judge agrees with hand labels; with <c>--write</c> trains the classifier layer on them.</summary>
public static class JudgeCommand
{
    public static Command Create()
    {
        var labels = new Argument<string>("labels") { Description = "JSON lines with id, language, prompt, answer and label (refused, partial, complied)." };
        var write = new Option<string?>("--write") { Description = "Folder for refusal_judge.json and refusal_judge_agreement.json, trained on these labels." };
        var command = new Command("judge", "Measure the refusal judge against hand labels, cross-validated, or train it.") { labels, write };
        command.SetAction(async (parsed, cancellation) =>
        {
            var path = parsed.GetValue(labels)!;
            if (!File.Exists(path))
            {
                await Console.Error.WriteLineAsync($"There is no file {path}; give a file of labelled answers.").ConfigureAwait(false);
                return ExitCodes.BadInput;
            }

            var read = RefusalJudge.ReadLabels(path);
            var phrases = Agreement.Of([.. read.Select(l => PhraseJudge.Refusal.Matches(l.Answer))], [.. read.Select(l => l.Refused)]);
            var layered = RefusalJudge.CrossValidate(read);
            await Console.Out.WriteLineAsync(StudioJson.Serialize(new { judge = "phrases", agreement = phrases })).ConfigureAwait(false);
            await Console.Out.WriteLineAsync(StudioJson.Serialize(new { judge = "phrases, then classifier (cross-validated)", agreement = layered })).ConfigureAwait(false);
            if (parsed.GetValue(write) is { } folder)
            {
                await File.WriteAllTextAsync(Path.Combine(folder, "refusal_judge.json"), RefusalJudge.Fit(read).Write() + "\n", cancellation).ConfigureAwait(false);
                await File.WriteAllTextAsync(Path.Combine(folder, "refusal_judge_agreement.json"), JsonSerializer.Serialize(layered, StudioJson.Indented) + "\n", cancellation).ConfigureAwait(false);
            }

            return ExitCodes.Ok;
        });
        return command;
    }
}
