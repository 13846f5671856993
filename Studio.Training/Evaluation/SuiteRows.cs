using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Studio.Data.Evaluation;

namespace Studio.Training.Evaluation;

/// <summary>The items of a suite in an evaluation, read from its file or from those that the suite brings, shuffled and limited as the spec says.</summary>
/// <param name="Sha256">Over the items and the options that change what is asked.</param>
public sealed record SuiteRows(IReadOnlyList<SuiteItem> Items, string Sha256)
{
    /// <param name="resolve">Makes a path of the spec absolute.</param>
    /// <exception cref="InvalidDataException">A row is no JSON object, lacks a field or has the id of another.</exception>
    public static SuiteRows Read(SuiteRunner runner, SuiteUse use, int seed, Func<string, string> resolve)
    {
        var rows = use.Items is { } path ? FromFile(runner, resolve(path)) : FromSuite(runner);
        if (rows.Count == 0)
        {
            throw new InvalidDataException($"The suite {runner.Name} has no items.");
        }

        // Rows of a development part are examples for the others of their subject.
        var examples = rows.Where(IsExample).ToLookup(Subject);
        var chosen = Enumerable.Range(0, rows.Count).Where(i => !IsExample(rows[i])).ToArray();
        if (chosen.Length == 0)
        {
            throw new InvalidDataException($"All items of the suite {runner.Name} are of the development part (split dev); there is nothing to ask.");
        }

        if (use.Limit is { } limit && limit < chosen.Length)
        {
            new Random(seed).Shuffle(chosen);
            chosen = [.. chosen.Take(Math.Max(1, limit)).Order()];
        }

        List<SuiteItem> items = [];
        HashSet<string> ids = new(StringComparer.Ordinal);
        foreach (var index in chosen)
        {
            // As lm-evaluation-harness does with first_n: the first rows other than the one that is asked.
            var shots = (examples.Count > 0 ? examples[Subject(rows[index])] : rows.Where((_, i) => i != index)).Take(Math.Max(0, use.Shots)).ToList();
            foreach (var item in runner.Items(rows[index], rows[index].Text("id") ?? FormattableString.Invariant($"row-{index + 1}")))
            {
                if (!ids.Add(item.Id))
                {
                    throw new InvalidDataException($"Two items of the suite {runner.Name} have the id \"{item.Id}\"; ids must differ.");
                }

                items.Add(item with { Shots = shots });
            }
        }

        return new SuiteRows(items, Hash(use, items));
    }

    /// <summary>Identifies what is asked in an item, whoever answers.</summary>
    public static string Key(SuiteUse use, SuiteItem item) =>
        $"{use.Suite}|{use.MaxTokens}|{item.Id}|{item.Prompt}|{item.Row.ToJsonString()}|{string.Join('|', item.Shots.Select(s => s.ToJsonString()))}";

    private static string Hash(SuiteUse use, List<SuiteItem> items)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var item in items)
        {
            hash.AppendData(Encoding.UTF8.GetBytes(Key(use, item) + "\n"));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static bool IsExample(JsonObject row) => row.Text("split") == "dev";

    private static string Subject(JsonObject row) => row.Text("subject") ?? "";

    private static List<JsonObject> FromFile(SuiteRunner runner, string path)
    {
        if (Path.Exists(path) && runner.Import(path) is { } imported)
        {
            return [.. imported];
        }

        if (!File.Exists(path))
        {
            throw new FileNotFoundException($"{path}: the items of the suite {runner.Name} are missing");
        }

        using var reader = new StreamReader(path);
        return Parse(runner, reader, Path.GetFileName(path));
    }

    private static List<JsonObject> FromSuite(SuiteRunner runner)
    {
        if (runner.OwnItems is not { } name)
        {
            throw new InvalidDataException($"The suite {runner.Name} brings no items of its own; name a file of JSON lines with the fields {string.Join(", ", runner.Suite.ItemFields)}.");
        }

        using var reader = new StreamReader(EmbeddedFile.Open(name));

        // What is not held back may have been trained on.
        return [.. Parse(runner, reader, name).Where(row => row.Text("split") is null or "held_back")];
    }

    private static List<JsonObject> Parse(SuiteRunner runner, TextReader reader, string name)
    {
        List<JsonObject> rows = [];
        foreach (var (line, row) in JsonRows.Read(reader, name))
        {
            foreach (var field in runner.Suite.ItemFields.Where(f => row[f] is null))
            {
                throw new InvalidDataException($"{name}, line {line}: the field \"{field}\" is missing; the suite {runner.Name} needs {string.Join(", ", runner.Suite.ItemFields)}");
            }

            rows.Add(row);
        }

        return rows;
    }
}
