using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using Studio.Data.Examples;
using Studio.Data.Files;
using Studio.Data.Formats;
using Studio.Data.Store;
using Studio.Data.Validation;
using Studio.Data.Validation.Rules;

namespace Studio.Data.Datasets;

/// <summary>What a person chose where detection was unsure.</summary>
/// <param name="Format">Name of a dataset format; null detects it.</param>
/// <param name="Columns">Field of the format -> column of the file.</param>
public sealed record ImportChoice(string? Format = null, IReadOnlyDictionary<string, string>? Columns = null);

/// <summary>Turns an uploaded file into an immutable version: read container, detect format, normalise, validate, count, keep.</summary>
public sealed class DatasetImport(BlobFolder blobs)
{
    private const int SampleRows = 200;

    /// <summary>Runs the import; what is wrong with the file is in the version that comes back, never an exception.</summary>
    public DatasetVersion Run(DatasetVersion version, ImportChoice choice, IProgress<double>? progress, CancellationToken cancellation)
    {
        using var output = new VersionFolder(blobs, version);
        try
        {
            using var input = TextInput.Open(() => blobs.OpenRead("files", version.FileId), version.FileName);
            var reader = FileReaders.For(input.Head)!;
            version = version with { Container = reader.Name };

            var samples = Sample(reader, version);
            version = version with { SourceColumns = Columns(samples), Columns = choice.Columns ?? new Dictionary<string, string>() };
            var format = Choose(ref version, choice, samples);
            if (version.State == DatasetState.NeedsChoice)
            {
                return version;
            }

            var rules = ExampleRules.All.Select(make => make()).Where(rule => version.Origin is not { Kind: DatasetOrigin.Preparation } || !MadeOnPurpose(rule)).ToList();
            var statistics = new StatisticsCounter();
            using var content = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            ExampleKind? kind = null;
            long rows = 0, valid = 0;

            foreach (var item in reader.Read(input))
            {
                if (item.Problem is { } unreadable)
                {
                    output.Problems.Add(unreadable with { File = version.FileName });
                    rows += unreadable.Severity >= Severity.Error ? 1 : 0;
                    continue;
                }

                rows++;
                var example = Normalise(format, item.Row!, version, output.Problems);
                if (example is not null && Check(example, ref kind, rules, version, output.Problems) is { } body)
                {
                    output.Rows.Write(body, example.Line);
                    content.AppendData(body);
                    content.AppendData("\n"u8);
                    statistics.Add(example);
                    valid++;
                }

                if (rows % 500 == 0)
                {
                    cancellation.ThrowIfCancellationRequested();
                    progress?.Report((double)input.Position / Math.Max(1, input.Bytes));
                }
            }

            foreach (var rule in rules)
            {
                rule.Finish(new FileTotals(rows, valid), problem => output.Problems.Add(problem with { File = version.FileName }));
            }

            return output.Finish(version with
            {
                Kind = kind ?? format?.Kind,
                Rows = rows,
                ValidRows = valid,
                ContentSha256 = Convert.ToHexStringLower(content.GetHashAndReset()),
                Statistics = statistics.Finish(rules.OfType<Duplicate>().Sum(d => d.Count)),
            });
        }
        catch (ProblemException refused)
        {
            output.Problems.Add(refused.Problem with { File = version.FileName });
            return output.Finish(version);
        }
    }

    /// <summary>Rules about what a person would write by mistake, and a preparation writes on purpose: empty system turns, repeated rows, weights above 1.</summary>
    private static bool MadeOnPurpose(Rule rule) => rule is EmptyPrompt or Duplicate or WeightRange;

    /// <summary>Reads the first rows in a pass of their own, so that detection never holds more than them.</summary>
    private List<JsonNode?> Sample(FileReader reader, DatasetVersion version)
    {
        using var input = TextInput.Open(() => blobs.OpenRead("files", version.FileId), version.FileName);
        try
        {
            return [.. reader.Read(input).Where(item => item.Row is not null).Take(SampleRows).Select(item => item.Row!.Value)];
        }
        catch (ProblemException)
        {
            // The pass proper meets the same fault and reports it with the problems before it.
            return [];
        }
    }

    private static IReadOnlyList<string> Columns(List<JsonNode?> samples) =>
        [.. samples.OfType<JsonObject>().SelectMany(fields => fields.Select(f => f.Key)).Distinct(StringComparer.Ordinal).Take(200)];

    /// <summary>The chosen format, or the detected one; an unsure detection asks.</summary>
    private static DatasetFormat? Choose(ref DatasetVersion version, ImportChoice choice, List<JsonNode?> samples)
    {
        if (choice.Format is { } name)
        {
            var chosen = DatasetFormats.Find(name) ?? throw new ProblemException(new Problem("unknown_format", Severity.Fatal, $"There is no dataset format \"{name}\".", $"Use one of: {string.Join(", ", DatasetFormats.All.Select(f => f.Name))}."));
            version = version with { Format = chosen.Name, FormatCandidates = [] };
            return chosen;
        }

        var detection = DatasetFormats.Detect(samples, choice.Columns);
        if (detection.Format is { } format)
        {
            version = version with { Format = format.Name, FormatCandidates = [] };
            return format;
        }

        if (samples.Count == 0)
        {
            return null;
        }

        if (version.SourceColumns.Count == 0)
        {
            throw new ProblemException(new Problem("unknown_format", Severity.Fatal, $"The rows are {FormatRow.Describe(samples[0]).Replace("a ", "", StringComparison.Ordinal).Replace("an ", "", StringComparison.Ordinal)}s, not objects with fields.", "Write each row as a JSON object, for example {\"prompt\": \"...\", \"completion\": \"...\"}."));
        }

        var columns = string.Join(", ", version.SourceColumns.Take(12));
        version = version with
        {
            State = DatasetState.NeedsChoice,
            FormatCandidates = [.. detection.Candidates.Select(c => c.Format.Name)],
            Refusal = detection.Candidates.Count == 0
                ? $"The format was not recognised. Columns found: {columns}. Choose a format and say which column is which."
                : $"The format is not certain. Columns found: {columns}. Choose between {string.Join(", ", detection.Candidates.Select(c => c.Format.Title))}, or another format.",
        };
        return null;
    }

    private static Example? Normalise(DatasetFormat? format, RawRow raw, DatasetVersion version, ProblemLog problems)
    {
        var fields = raw.Value as JsonObject ?? (raw.Value is JsonValue text && format is PlainTextFormat ? new JsonObject { ["text"] = text.DeepClone() } : null);
        if (fields is null || format is null)
        {
            problems.Add(new Problem("wrong_type", Severity.Error, $"The row must be an object, found {FormatRow.Describe(raw.Value)}.", "Write each row as a JSON object with named fields.") { File = version.FileName, Line = raw.Line, Excerpt = raw.Value is null ? null : JsonText.Cut(raw.Value.ToJsonString(StudioJson.Options)) });
            return null;
        }

        var row = new FormatRow(fields, raw.Line, version.Columns);
        var example = format.Normalise(row);
        foreach (var problem in row.Problems)
        {
            problems.Add(problem with { File = version.FileName });
        }

        return row.Failed ? null : example;
    }

    /// <summary>Applies all rules; returns the example as JSON when none forbids it.</summary>
    private static byte[]? Check(Example example, ref ExampleKind? kind, List<Rule> rules, DatasetVersion version, ProblemLog problems)
    {
        var body = JsonSerializer.SerializeToUtf8Bytes(example with { Line = null }, StudioJson.Options);
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(body, hash);
        var report = new RowReport(example.Line ?? 0, BinaryPrimitives.ReadUInt64LittleEndian(hash), []);
        var found = ExampleKinds.Of(example);
        if (kind is { } first && first != found)
        {
            report.Error("mixed_kinds", $"The row is of the kind {found}, the rows before are {first}.", "Keep one kind of example per file.");
        }

        foreach (var rule in rules)
        {
            rule.Check(example, report);
        }

        foreach (var problem in report.Problems)
        {
            problems.Add(problem with { File = version.FileName });
        }

        if (report.Failed)
        {
            return null;
        }

        kind ??= found;
        return body;
    }
}
