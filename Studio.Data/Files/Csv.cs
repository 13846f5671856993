using System.Text.Json.Nodes;
using CsvHelper;
using Studio.Data.Validation;

namespace Studio.Data.Files;

/// <summary>Comma, semicolon, tab or bar separated values with a header line (RFC 4180: quotes, doubled quotes, line breaks inside quotes).</summary>
public sealed class Csv : FileReader
{
    private static readonly char[] Delimiters = [',', '\t', ';', '|'];

    public override string Name => "csv";

    public override string Title => "CSV table";

    public override IReadOnlyList<string> Extensions { get; } = [".csv", ".tsv"];

    public override double Recognise(FileHead head)
    {
        if (Extensions.Contains(head.Extension))
        {
            return 0.98;
        }

        if (head.FirstCharacter is '{' or '[' || head.Extension is ".txt" or ".md")
        {
            return 0;
        }

        var lines = head.Text.Split('\n', 4);
        var delimiter = Delimiter(lines[0]);
        return lines.Length > 2 && lines.Take(2).All(l => l.Contains(delimiter, StringComparison.Ordinal)) ? 0.4 : 0;
    }

    public override IEnumerable<RowOrProblem> Read(TextInput input)
    {
        Dictionary<long, CsvMalformedReason> malformed = [];
        var options = CsvReaderOptions.Default with
        {
            HasHeader = false,
            Separator = Delimiter(FirstLine(input.Head.Text)),
            TrackLineNumbers = true,
            MaxRecordSize = MaxRowBytes,
            OnMalformedRecord = record => malformed[record.LineNumber] = record.Reason,
        };
        using var reader = CsvReader.Create(input.Stream, options, leaveOpen: true);
        string[]? header = null;
        long lastLine = 0;
        while (true)
        {
            bool more;
            Problem? fatal = null;
            try
            {
                more = reader.Read();
            }
            catch (CsvFormatException fault)
            {
                more = false;
                fatal = new Problem("line_too_long", Severity.Fatal, "A record is longer than 4 MiB: probably a quotation mark is opened here and never closed.", "Close the quotation mark, or double it (\"\") where it belongs to the text.")
                {
                    Line = (int)Math.Max(fault.LineNumber, lastLine + 1),
                };
            }

            if (fatal is not null)
            {
                yield return fatal;
            }

            if (!more)
            {
                yield break;
            }

            lastLine = reader.LineNumber;
            if (header is null)
            {
                header = Names(Fields(reader));
            }
            else if (Row(reader, header, malformed) is var (row, problem))
            {
                if (problem is not null)
                {
                    yield return problem;
                }

                if (row is not null)
                {
                    yield return row;
                }
            }
        }
    }

    private static (RawRow? Row, Problem? Problem) Row(CsvReader reader, string[] header, Dictionary<long, CsvMalformedReason> malformed)
    {
        var line = (int)reader.LineNumber;
        // A quotation mark inside an unquoted field is taken as it stands: 5" is an inch measure, not a fault.
        if (malformed.Remove(line, out var reason) && reason != CsvMalformedReason.StrayQuote)
        {
            return (null, reason == CsvMalformedReason.UnterminatedQuote
                ? new Problem("cut_last_line", Severity.Error, "A quotation mark is opened in this record and not closed before the end of the file.", "Close the quotation mark, or export the file again if it was cut off.") { Line = line, Excerpt = JsonText.Excerpt(reader.RawRecord) }
                : new Problem("csv_quotes", Severity.Error, "Text follows after the closing quotation mark of a field.", "Double the quotation marks inside the field (\"\").") { Line = line, Excerpt = JsonText.Excerpt(reader.RawRecord) });
        }

        var fields = Fields(reader);
        if (fields.All(string.IsNullOrWhiteSpace))
        {
            return (null, null);
        }

        if (fields.Length > header.Length && fields.Skip(header.Length).Any(f => f.Length > 0))
        {
            return (null, new Problem("csv_columns", Severity.Error, FormattableString.Invariant($"The row has {fields.Length} fields, the header {header.Length}."), "Put fields that contain the separator in quotation marks.") { Line = line, Excerpt = JsonText.Excerpt(reader.RawRecord) });
        }

        var problem = fields.Length < header.Length
            ? new Problem("csv_columns", Severity.Warning, FormattableString.Invariant($"The row has {fields.Length} fields, the header {header.Length}; the missing ones are taken as empty."), "Complete the row, or check that its line breaks are inside quotation marks.") { Line = line, Excerpt = JsonText.Excerpt(reader.RawRecord) }
            : null;
        var row = new JsonObject();
        for (var i = 0; i < header.Length; i++)
        {
            row.Add(header[i], i < fields.Length ? fields[i] : "");
        }

        return (new RawRow(line, row), problem);
    }

    private static string[] Fields(CsvReader reader)
    {
        var fields = new string[reader.FieldCount];
        for (var i = 0; i < fields.Length; i++)
        {
            fields[i] = reader.GetString(i);
        }

        return fields;
    }

    /// <summary>Column names: trimmed, never empty, never twice.</summary>
    private static string[] Names(string[] fields)
    {
        var names = new string[fields.Length];
        HashSet<string> used = new(StringComparer.Ordinal);
        for (var i = 0; i < fields.Length; i++)
        {
            var wanted = fields[i].Trim() is { Length: > 0 } name ? name : FormattableString.Invariant($"column_{i + 1}");
            var unique = wanted;
            for (var n = 2; !used.Add(unique); n++)
            {
                unique = FormattableString.Invariant($"{wanted}_{n}");
            }

            names[i] = unique;
        }

        return names;
    }

    private static string FirstLine(string text)
    {
        var quoted = false;
        for (var i = 0; i < text.Length; i++)
        {
            quoted ^= text[i] == '"';
            if (text[i] == '\n' && !quoted)
            {
                return text[..i];
            }
        }

        return text;
    }

    /// <summary>The separator that occurs most often outside quotation marks in the header; a comma when none does.</summary>
    private static char Delimiter(string header)
    {
        Span<int> counts = stackalloc int[Delimiters.Length];
        var quoted = false;
        foreach (var c in header)
        {
            quoted ^= c == '"';
            var at = quoted ? -1 : Array.IndexOf(Delimiters, c);
            if (at >= 0)
            {
                counts[at]++;
            }
        }

        var best = 0;
        for (var i = 1; i < counts.Length; i++)
        {
            best = counts[i] > counts[best] ? i : best;
        }

        return Delimiters[best];
    }
}
