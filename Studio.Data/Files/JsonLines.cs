using System.Text.Json;
using Studio.Data.Validation;

namespace Studio.Data.Files;

/// <summary>One JSON value on each line (jsonlines.org); blank lines are skipped.</summary>
public sealed class JsonLines : FileReader
{
    public override string Name => "jsonl";

    public override string Title => "JSON Lines";

    public override IReadOnlyList<string> Extensions { get; } = [".jsonl", ".ndjson", ".jsonlines"];

    public override double Recognise(FileHead head)
    {
        if (head.FirstCharacter is not ('{' or '['))
        {
            return Extensions.Contains(head.Extension) ? 0.7 : 0;
        }

        if (Extensions.Contains(head.Extension))
        {
            return 1;
        }

        // Any name: the first line is a whole value, and another one follows.
        var text = head.Text.TrimStart();
        var lineEnd = text.IndexOf('\n', StringComparison.Ordinal);
        if (lineEnd < 0)
        {
            return 0;
        }

        var rest = text.AsSpan(lineEnd).TrimStart();
        return !rest.IsEmpty && rest[0] == text[0] && IsWholeValue(text[..lineEnd]) ? 0.95 : 0;
    }

    public override IEnumerable<RowOrProblem> Read(TextInput input)
    {
        var lines = new LineReader(input.Stream, MaxRowBytes);
        while (lines.TryRead(out var line))
        {
            if (line.TooLong)
            {
                yield return new Problem("line_too_long", Severity.Error, "The line is longer than 4 MiB.", "Split the example, or remove what does not belong to it (images as base64, for instance).") { Line = line.Number };
            }
            else if (!line.Bytes.Span.Trim(" \t\r"u8).IsEmpty)
            {
                yield return Parse(line);
            }
        }
    }

    private static RowOrProblem Parse(TextLine line)
    {
        var value = JsonText.Parse(line.Bytes.Span, out var reason, out var cut);
        if (reason is null)
        {
            return new RawRow(line.Number, value);
        }

        return cut && !line.Terminated
            ? new Problem("cut_last_line", Severity.Error, "The last line ends in the middle of a JSON value: the file was cut off.", "Copy or export the file again; everything before this line is used.") { Line = line.Number, Excerpt = JsonText.Excerpt(line.Bytes.Span) }
            : new Problem("invalid_json", Severity.Error, $"The line is not valid JSON: {reason}.", "Correct the line; each line must hold one complete JSON object.") { Line = line.Number, Excerpt = JsonText.Excerpt(line.Bytes.Span) };
    }

    private static bool IsWholeValue(string text)
    {
        try
        {
            using var document = JsonDocument.Parse(text);
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
