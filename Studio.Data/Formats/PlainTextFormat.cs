using System.Text.Json.Nodes;
using Studio.Data.Datasets;
using Studio.Data.Examples;

namespace Studio.Data.Formats;

/// <summary>Text to continue pretraining on: paragraphs of a text file, or <c>{"text"}</c>.</summary>
public sealed class PlainTextFormat : DatasetFormat
{
    private static readonly FormatField Text = new("text", FieldShape.Text, Required: true, "content", "document", "body", "文本", "正文", "内容");
    private static readonly string[] Descriptive = ["id", "_id", "source", "url", "meta", "metadata", "title", "timestamp", "date", "lang", "language", "subset", "split", "index", "column_1"];

    public override string Name => "plain_text";

    public override string Title => "Plain text";

    public override ExampleKind Kind => ExampleKind.Text;

    public override IReadOnlyList<FormatField> Fields { get; } = [Text];

    public override string Sample => """{"text": "The pump is serviced every 500 hours of operation."}""";

    /// <summary>Columns that are more than a description of the text make it doubtful that the text alone is meant.</summary>
    public override FormatMatch Match(JsonObject fields, IReadOnlyDictionary<string, string> columns)
    {
        var match = base.Match(fields, columns);
        return match.Score > 0 && !columns.ContainsKey(Text.Name) && fields.Any(f => !match.Columns.Contains(f.Key) && !Descriptive.Contains(f.Key, StringComparer.OrdinalIgnoreCase))
            ? match with { Score = match.Score * 0.6 }
            : match;
    }

    public override Example? Normalise(FormatRow row)
    {
        var text = row.RequiredText(Text);
        return row.Failed || text is null ? null : new TextExample { Text = text, Line = row.Line };
    }
}
