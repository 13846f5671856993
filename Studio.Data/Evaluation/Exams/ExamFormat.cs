using System.Text.Json;
using System.Text.Json.Nodes;
using CsvHelper;

namespace Studio.Data.Evaluation.Exams;

/// <summary>A file as exams are published. A new layout is one file here and one line in <see cref="All"/>.</summary>
public abstract class ExamFormat
{
    public abstract string Name { get; }

    public abstract string Title { get; }

    public static IReadOnlyList<ExamFormat> All { get; } = [new AgiEvalShots(), new LetteredTable(), new MmluTable(), new ChoiceLines()];

    /// <param name="first">The first record of a table, or null when the file holds JSON.</param>
    public abstract bool Recognises(string fileName, IReadOnlyList<string>? first);

    /// <summary>Subjects and splits that the file itself does not name are taken from its name.</summary>
    public abstract IEnumerable<ExamLine> Read(string path);

    /// <summary>Records of a table with commas; quotes as in RFC 4180.</summary>
    protected internal static IEnumerable<string[]> Records(string path)
    {
        using var stream = File.OpenRead(path);
        using var reader = CsvReader.Create(stream, CsvReaderOptions.Default with { HasHeader = false, Separator = ',', MaxRecordSize = Files.FileReader.MaxRowBytes });
        while (reader.Read())
        {
            var fields = new string[reader.FieldCount];
            for (var i = 0; i < fields.Length; i++)
            {
                fields[i] = reader.GetString(i);
            }

            fields[0] = fields[0].TrimStart('\uFEFF');
            yield return fields;
        }
    }

    /// <summary>Objects of a JSON array or of JSON lines; null for a line that is none.</summary>
    protected static IEnumerable<JsonObject?> Objects(string path)
    {
        using var reader = new StreamReader(path);
        var start = reader.Peek();
        if (start == '[')
        {
            foreach (var node in Parse(reader.ReadToEnd()) as JsonArray ?? [])
            {
                yield return node as JsonObject;
            }

            yield break;
        }

        while (reader.ReadLine() is { } line)
        {
            if (!string.IsNullOrWhiteSpace(line))
            {
                yield return Parse(line) as JsonObject;
            }
        }
    }

    protected static string? Text(JsonNode? node) => node is JsonValue value ? value.GetValueKind() == JsonValueKind.String ? value.GetValue<string>() : value.ToJsonString() : null;

    private static JsonNode? Parse(string text)
    {
        try
        {
            return JsonNode.Parse(text);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
