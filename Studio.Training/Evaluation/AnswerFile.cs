using System.Text;
using System.Text.Json;
using Studio.Data;

namespace Studio.Training.Evaluation;

/// <summary>Answers on disk as JSON lines: appended as they come, so that a run that was killed goes on with those it lacks.</summary>
/// <typeparam name="T">Serialised by <see cref="StudioJson"/>; of two lines with one id the later one counts.</typeparam>
internal sealed class AnswerFile<T>
    where T : class
{
    private readonly string path;
    private readonly Func<T, string> id;
    private readonly Dictionary<string, T> known = new(StringComparer.Ordinal);

    public AnswerFile(string path, Func<T, string> id)
    {
        (this.path, this.id) = (path, id);
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
                var answer = StudioJson.Deserialize<T>(line);
                known[id(answer)] = answer;
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

    public T? Find(string id) => known.GetValueOrDefault(id);

    /// <summary>On disk when it returns.</summary>
    public void Append(IReadOnlyList<T> answers)
    {
        using var stream = new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.Read);
        foreach (var answer in answers)
        {
            known[id(answer)] = answer;
            stream.Write(Encoding.UTF8.GetBytes(StudioJson.Serialize(answer) + "\n"));
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
