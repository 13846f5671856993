using System.Text.Json;
using Studio.Data;
using Studio.Data.Examples;
using Studio.Data.Jobs;
using Studio.Data.Registry;
using Studio.Data.Validation;
using Studio.Web.Jobs;

namespace Studio.Web.Pages.Data;

/// <summary>Asks the trainer how it would see rows: rendered with the model's own chat template, tokenised, with the trained tokens marked.</summary>
public sealed class RowPreviews(TrainerProgram trainer, StudioPaths paths)
{
    public async Task<Outcome<IReadOnlyList<RowPreview>>> PreviewAsync(BaseModel model, IReadOnlyList<Example> rows, int maxLength, CancellationToken cancellation)
    {
        var scratch = paths.NewScratch("preview-");
        try
        {
            var input = Path.Combine(scratch, "rows.jsonl");
            await File.WriteAllLinesAsync(input, rows.Select(row => JsonSerializer.Serialize(row, StudioJson.Options)), cancellation);
            var (exit, output) = await TrainerProcess.RunAsync(trainer.Command("preview", model.Path, "--input", input, "--max-length", FormattableString.Invariant($"{maxLength}")), cancellation);
            return exit.Code == 0
                ? Outcome<IReadOnlyList<RowPreview>>.Of([.. output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(l => l.StartsWith('{')).Select(StudioJson.Deserialize<RowPreview>)])
                : new Problem("preview_failed", Severity.Error, string.Join(' ', exit.LastLines.TakeLast(2)), "Choose another base model.");
        }
        catch (Exception fault) when (fault is FileNotFoundException or JsonException or System.ComponentModel.Win32Exception)
        {
            return new Problem("preview_failed", Severity.Error, fault.Message, "Build the solution or repair the installation.");
        }
        finally
        {
            Directory.Delete(scratch, recursive: true);
        }
    }
}
