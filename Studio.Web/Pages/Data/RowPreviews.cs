using System.Collections.Concurrent;
using System.Text.Json;
using Studio.Data;
using Studio.Data.Datasets;
using Studio.Data.Examples;
using Studio.Data.Jobs;
using Studio.Data.Registry;
using Studio.Data.Validation;
using Studio.Web.Jobs;

namespace Studio.Web.Pages.Data;

/// <summary>Asks the trainer how it would see rows: rendered with the model's own chat template, tokenised, with the trained tokens marked.</summary>
public sealed class RowPreviews(TrainerProgram trainer, DatasetLibrary library, StudioPaths paths)
{
    private const int PagesSampled = 20;
    private const int RowsOfPage = 100;

    private readonly ConcurrentDictionary<(string Version, string Model), TokenLengths> counted = new();

    /// <summary>Tokens of each row of a version for a model; of large versions a sample spread over the whole. Counted once, then kept.</summary>
    public async Task<Outcome<TokenLengths>> LengthsAsync(BaseModel model, DatasetVersion version, CancellationToken cancellation)
    {
        if (counted.TryGetValue((version.Id, model.Id), out var known))
        {
            return known;
        }

        var pages = (int)Math.Min(PagesSampled, (version.ValidRows + RowsOfPage - 1) / RowsOfPage);
        var rows = Enumerable.Range(0, pages)
            .SelectMany(page => library.Rows(version.Id, pages * RowsOfPage >= version.ValidRows ? (long)page * RowsOfPage : page * (version.ValidRows - RowsOfPage) / (pages - 1), RowsOfPage, null).Rows)
            .Select(r => r.Example)
            .ToList();
        var seen = await RunAsync(model, rows, ["--lengths"], cancellation);
        return seen.Succeeded ? counted.GetOrAdd((version.Id, model.Id), new TokenLengths([.. seen.Value.Where(p => p.Problem is null).Select(p => p.Length)])) : Outcome<TokenLengths>.Refuse(seen.Problems);
    }

    public Task<Outcome<IReadOnlyList<RowPreview>>> PreviewAsync(BaseModel model, IReadOnlyList<Example> rows, int maxLength, CancellationToken cancellation) =>
        RunAsync(model, rows, ["--max-length", FormattableString.Invariant($"{maxLength}")], cancellation);

    private async Task<Outcome<IReadOnlyList<RowPreview>>> RunAsync(BaseModel model, IReadOnlyList<Example> rows, string[] options, CancellationToken cancellation)
    {
        var scratch = paths.NewScratch("preview-");
        try
        {
            var input = Path.Combine(scratch, "rows.jsonl");
            await File.WriteAllLinesAsync(input, rows.Select(row => JsonSerializer.Serialize(row, StudioJson.Options)), cancellation);
            var (exit, output) = await TrainerProcess.RunAsync(trainer.Command(["preview", model.Path, "--input", input, .. options]), cancellation);
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
