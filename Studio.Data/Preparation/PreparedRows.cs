using System.Text.Json;

namespace Studio.Data.Preparation;

/// <summary>Reads and writes <c>prepared.jsonl</c> a row at a time.</summary>
public static class PreparedRows
{
    public const string FileName = "prepared.jsonl";

    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">A line is no prepared row; the message names it.</exception>
    public static IEnumerable<PreparedRow> Read(string path)
    {
        var number = 0;
        foreach (var line in File.ReadLines(path))
        {
            number++;
            if (string.IsNullOrWhiteSpace(line))
            {
                continue;
            }

            PreparedRow row;
            try
            {
                row = StudioJson.Deserialize<PreparedRow>(line);
            }
            catch (JsonException fault)
            {
                throw new InvalidDataException(FormattableString.Invariant($"{Path.GetFileName(path)}, line {number}: not a prepared row ({fault.Message})"));
            }

            yield return row;
        }
    }

    /// <summary>Writes all rows; readers see the old file or the new one, never half of it.</summary>
    /// <returns>Rows written.</returns>
    public static long Write(string path, IEnumerable<PreparedRow> rows)
    {
        var partial = path + ".partial";
        long count = 0;
        using (var writer = new StreamWriter(partial))
        {
            foreach (var row in rows)
            {
                writer.Write(StudioJson.Serialize(row));
                writer.Write('\n');
                count++;
            }
        }

        File.Move(partial, path, overwrite: true);
        return count;
    }

    /// <summary>Rewrites the file with some rows changed (a review).</summary>
    /// <param name="change">Gives the row as it shall be; the same row leaves it.</param>
    /// <returns>Rows that changed.</returns>
    public static long Change(string path, Func<PreparedRow, PreparedRow> change)
    {
        long changed = 0;
        Write(path, Changed());
        return changed;

        IEnumerable<PreparedRow> Changed()
        {
            foreach (var row in Read(path))
            {
                var after = change(row);
                changed += after == row ? 0 : 1;
                yield return after;
            }
        }
    }
}
