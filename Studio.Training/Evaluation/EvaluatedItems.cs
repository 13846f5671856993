using System.Text;
using System.Text.Json;
using Studio.Data;
using Studio.Data.Evaluation;

namespace Studio.Training.Evaluation;

/// <summary>The answered items of a suite on disk, <c>items/SUITE.jsonl</c>: appended as they come, so that a run that was killed goes on with those it lacks.</summary>
public sealed class EvaluatedItems
{
    private readonly string path;
    private readonly Dictionary<string, EvaluatedItem> known = new(StringComparer.Ordinal);

    public EvaluatedItems(string path)
    {
        this.path = path;
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        if (!File.Exists(path))
        {
            return;
        }

        var whole = true;
        foreach (var line in File.ReadLines(path))
        {
            try
            {
                var item = StudioJson.Deserialize<EvaluatedItem>(line);
                known[item.Id] = item;
            }
            catch (JsonException)
            {
                whole = false;
            }
        }

        if (!whole || !EndsWithNewline(path))
        {
            // Half a line of a killed process would swallow the next one.
            var partial = path + ".partial";
            File.WriteAllLines(partial, known.Values.Select(StudioJson.Serialize));
            File.Move(partial, path, overwrite: true);
        }
    }

    /// <summary>The stored answer to this very item, or null.</summary>
    /// <param name="withBase">An answer without the base's does not do.</param>
    public EvaluatedItem? Find(SuiteItem item, bool withBase) =>
        known.GetValueOrDefault(item.Id) is { } found && found.Prompt == item.Prompt && found.Expected == item.Expected && (!withBase || found.BaseScores is not null) ? found : null;

    public void Append(IReadOnlyList<EvaluatedItem> items)
    {
        using var stream = new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.Read);
        foreach (var item in items)
        {
            known[item.Id] = item;
            stream.Write(Encoding.UTF8.GetBytes(StudioJson.Serialize(item) + "\n"));
        }

        stream.Flush(flushToDisk: true);
    }

    private static bool EndsWithNewline(string path)
    {
        using var file = File.OpenRead(path);
        if (file.Length == 0)
        {
            return true;
        }

        file.Position = file.Length - 1;
        return file.ReadByte() == '\n';
    }
}
