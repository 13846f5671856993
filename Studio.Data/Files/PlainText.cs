using System.Text;
using System.Text.Json.Nodes;
using Studio.Data.Validation;

namespace Studio.Data.Files;

/// <summary>Text as it is: a row is a paragraph or document between blank lines; long ones are cut at a line end after about 8,000 characters.</summary>
public sealed class PlainText : FileReader
{
    private const int BlockCharacters = 8000;

    public override string Name => "text";

    public override string Title => "Plain text";

    public override IReadOnlyList<string> Extensions { get; } = [".txt", ".md", ".text"];

    public override double Recognise(FileHead head) => Extensions.Contains(head.Extension) ? 0.9 : 0.05;

    public override IEnumerable<RowOrProblem> Read(TextInput input)
    {
        var lines = new LineReader(input.Stream, MaxRowBytes);
        var block = new StringBuilder();
        var first = 0;
        while (lines.TryRead(out var line))
        {
            if (line.TooLong)
            {
                yield return new Problem("line_too_long", Severity.Error, "The line is longer than 4 MiB.", "Break the text into lines or paragraphs.") { Line = line.Number };
                continue;
            }

            var text = Encoding.UTF8.GetString(line.Bytes.Span);
            var blank = string.IsNullOrWhiteSpace(text);
            if (block.Length > 0 && (blank || block.Length + text.Length > BlockCharacters))
            {
                yield return new RawRow(first, JsonValue.Create(block.ToString()));
                block.Clear();
            }

            if (!blank)
            {
                first = block.Length == 0 ? line.Number : first;
                block.Append(block.Length > 0 ? "\n" : "").Append(text);
            }
        }

        if (block.Length > 0)
        {
            yield return new RawRow(first, JsonValue.Create(block.ToString()));
        }
    }
}
