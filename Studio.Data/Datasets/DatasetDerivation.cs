using System.Text;
using System.Text.Json;
using Studio.Data.Examples;
using Studio.Data.Formats;
using Studio.Data.Validation;

namespace Studio.Data.Datasets;

public sealed partial class DatasetLibrary
{
    /// <summary>Writes the rows of a ready version in the format that its kind is exchanged in, one JSON object a line (UTF-8).</summary>
    /// <exception cref="ProblemException">The version does not exist or is not ready.</exception>
    public async Task ExportRowsAsync(string versionId, Stream target, CancellationToken cancellation)
    {
        foreach (var example in Read(versionId))
        {
            cancellation.ThrowIfCancellationRequested();
            await target.WriteAsync(RowLine(example), cancellation).ConfigureAwait(false);
        }
    }

    /// <summary>Writes problems of a version as a table (CSV with a byte order mark, so that spreadsheets read it), of one rule or of all.</summary>
    /// <exception cref="ProblemException">The version does not exist.</exception>
    public async Task ExportProblemsAsync(string versionId, string? rule, Stream target, CancellationToken cancellation)
    {
        // Before anything is written: what is not there must still be answered as such.
        var problems = ProblemsOf(versionId, rule);
        var writer = new StreamWriter(target, new UTF8Encoding(encoderShouldEmitUTF8Identifier: true), leaveOpen: true) { NewLine = "\r\n" };
        await using (writer.ConfigureAwait(false))
        {
            await writer.WriteLineAsync("file,line,severity,rule,field,message,remedy,excerpt").ConfigureAwait(false);
            foreach (var problem in problems)
            {
                cancellation.ThrowIfCancellationRequested();
                string?[] cells = [problem.File, problem.Line?.ToString(System.Globalization.CultureInfo.InvariantCulture), problem.Severity.ToString().ToLowerInvariant(), problem.Rule, problem.Field, problem.Message, problem.Remedy, problem.Excerpt];
                await writer.WriteLineAsync(string.Join(',', cells.Select(Cell))).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Makes a new version of the same dataset without the rows that break a rule.</summary>
    /// <exception cref="ProblemException">No row of the version breaks the rule, or none would be left.</exception>
    public async Task<DatasetVersion> ExcludeAsync(string versionId, string rule, string? ownerId, CancellationToken cancellation)
    {
        var version = ReadyVersionOf(versionId);
        var lines = ProblemsOf(versionId, rule).Select(p => p.Line).OfType<int>().ToHashSet();
        var removed = Read(versionId).LongCount(e => e.Line is { } line && lines.Contains(line));
        if (removed == 0 || removed == version.ValidRows)
        {
            throw new ProblemException(new Problem(removed == 0 ? "nothing_to_exclude" : "no_valid_rows", Severity.Fatal, removed == 0 ? $"No row of this version breaks the rule {rule}." : "No row would be left.", "See the problems of the version.") { Field = "rule" });
        }

        return await DeriveAsync(
            Read(versionId).Where(e => e.Line is not { } line || !lines.Contains(line)),
            version.DatasetId,
            version.FileName,
            new DatasetOrigin(DatasetOrigin.Without) { VersionId = versionId, Rule = rule, Removed = removed },
            ownerId,
            cancellation).ConfigureAwait(false);
    }

    /// <summary>Stores examples as a file of their own and imports it: a version like any other, of a new dataset where <paramref name="datasetId"/> is null.</summary>
    /// <param name="examples">Examples of one kind; at least one.</param>
    /// <param name="name">Name of the dataset and the file.</param>
    public async Task<DatasetVersion> DeriveAsync(IEnumerable<Example> examples, string? datasetId, string name, DatasetOrigin origin, string? ownerId, CancellationToken cancellation)
    {
        var scratch = NewId.With("derived-");
        ExampleKind? kind = null;
        try
        {
            var file = blobs.Create("scratch", scratch);
            await using (file.ConfigureAwait(false))
            {
                foreach (var example in examples)
                {
                    cancellation.ThrowIfCancellationRequested();
                    kind ??= ExampleKinds.Of(example);
                    await file.WriteAsync(RowLine(example), cancellation).ConfigureAwait(false);
                }
            }

            var format = ExampleRows.FormatOf(kind ?? throw new ProblemException(new Problem("no_valid_rows", Severity.Fatal, "There is no row to make a dataset of.", "Accept at least one row.")));
            var body = blobs.OpenRead("scratch", scratch);
            await using (body.ConfigureAwait(false))
            {
                var stored = await UploadAsync(body, Path.GetFileNameWithoutExtension(Label(name)) + ".jsonl", "fine-tune", ownerId, null, cancellation).ConfigureAwait(false);
                var begun = BeginImport(stored.Id, datasetId, name);
                database.DatasetVersions.Update(begun.Id, v => v with { Origin = origin });
                return await RunImportAsync(begun.Id, new ImportChoice(format), null, cancellation).ConfigureAwait(false);
            }
        }
        finally
        {
            blobs.Delete("scratch", scratch);
        }
    }

    private IEnumerable<Problem> ProblemsOf(string versionId, string? rule) => ProblemLog.Read(VersionFolder.PathOf(blobs, VersionOf(versionId)), 0, int.MaxValue, rule);

    private static byte[] RowLine(Example example) => [.. JsonSerializer.SerializeToUtf8Bytes(ExampleRows.Of(example), StudioJson.Options), (byte)'\n'];

    // A cell that begins like a formula would be run by a spreadsheet.
    private static string Cell(string? text)
    {
        var safe = text is ['=' or '+' or '-' or '@', ..] ? "'" + text : text ?? "";
        return safe.AsSpan().IndexOfAny("\",\r\n") >= 0 ? $"\"{safe.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : safe;
    }
}
