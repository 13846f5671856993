using System.Text;
using System.Text.Json;
using Studio.Data;
using Studio.Data.Preparation;

namespace Studio.Training.Preparation;

/// <summary>Rows that the model has been asked about, <c>answered.jsonl</c>: appended as they come, so that a run that was killed goes on with those it lacks.</summary>
internal sealed class AnsweredRows
{
    private readonly string path;
    private readonly Dictionary<string, PreparedRow> known = new(StringComparer.Ordinal);

    public AnsweredRows(string path)
    {
        this.path = path;
        if (!File.Exists(path))
        {
            return;
        }

        foreach (var line in File.ReadLines(path))
        {
            try
            {
                var row = StudioJson.Deserialize<PreparedRow>(line);
                known[row.Id] = row;
            }
            catch (JsonException)
            {
                // Half a line of a killed process; the row is asked again.
            }
        }

        PreparedRows.Write(path, known.Values);
    }

    /// <summary>The stored answer to this very row, or null.</summary>
    public PreparedRow? Find(PreparedRow planned) => known.GetValueOrDefault(planned.Id) is { } found && found.Prompt == planned.Prompt && found.Group == planned.Group ? found : null;

    public void Append(IReadOnlyList<PreparedRow> rows)
    {
        using var stream = new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.Read);
        foreach (var row in rows)
        {
            known[row.Id] = row;
            stream.Write(Encoding.UTF8.GetBytes(StudioJson.Serialize(row) + "\n"));
        }

        stream.Flush(flushToDisk: true);
    }
}
