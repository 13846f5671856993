using System.IO.Compression;
using System.Text.Json;
using Studio.Testing;
using Studio.Training.Tokenizers;

namespace Studio.Training.Tests.Golden;

/// <summary>Files of the golden set of tokenizers: rows of .jsonl or .jsonl.gz, the corpus, and the tokenizer that a file's name stands for.</summary>
internal static class TokenizerGoldenSet
{
    private const string Set = "tokenizers";

    public static string Folder => GoldenFolder.Under(Set);

    public static string DataFolder => Path.GetFullPath(GoldenFolder.Under("..", "data"));

    private static readonly Lazy<Dictionary<string, string>> CorpusTexts = new(() => Rows("corpus").ToDictionary(row => row.GetProperty("id").GetString()!, row => row.GetProperty("text").GetString()!));

    public static IReadOnlyDictionary<string, string> Corpus => CorpusTexts.Value;

    /// <summary>Names of the row files of a subfolder.</summary>
    public static IEnumerable<object[]> Names(string subfolder)
    {
        var folder = GoldenFolder.Under(Set, subfolder);
        return GoldenFolder.Rows(!Directory.Exists(folder) ? [] : Directory.GetFiles(folder)
            .Select(path => Path.GetFileName(path))
            .Where(name => name.EndsWith(".jsonl", StringComparison.Ordinal) || name.EndsWith(".jsonl.gz", StringComparison.Ordinal))
            .Select(name => name[..name.IndexOf(".jsonl", StringComparison.Ordinal)])
            .Order(StringComparer.Ordinal));
    }

    public static bool Has(string name) => PathOf(name) is not null;

    /// <summary>The rows of a file, given without its ending.</summary>
    public static IEnumerable<JsonElement> Rows(string name)
    {
        var path = PathOf(name) ?? throw new FileNotFoundException("no rows: " + name);
        using Stream file = File.OpenRead(path);
        using var stream = path.EndsWith(".gz", StringComparison.Ordinal) ? new GZipStream(file, CompressionMode.Decompress) : file;
        using var reader = new StreamReader(stream);
        while (reader.ReadLine() is { } line)
        {
            if (line.Length > 0)
            {
                using var document = JsonDocument.Parse(line);
                yield return document.RootElement.Clone();
            }
        }
    }

    private static string? PathOf(string name)
    {
        foreach (var ending in (string[])[".jsonl", ".jsonl.gz"])
        {
            var path = GoldenFolder.Under(Set, name + ending);
            if (File.Exists(path))
            {
                return path;
            }
        }

        return null;
    }

    /// <summary>The path of the tokenizer that a file of rows is about; null when it is not there.</summary>
    public static string? TokenizerPath(string name)
    {
        string[] places =
        [
            Path.Combine(Folder, "small", name + ".json"),
            Path.Combine(Folder, "real", name + ".tokenizer.json"),
            Path.Combine(Folder, "real", name + ".tokenizer.json.gz"),
            .. name == "gpt2" ? [Path.Combine(DataFolder, "gpt2_tokenizer", "gpt2_vocab.json")] : Array.Empty<string>(),
            .. name == "gptneox" ? [Path.Combine(DataFolder, "gptneox_tokenizer", "20B_tokenizer.json")] : Array.Empty<string>(),
        ];
        return Array.Find(places, File.Exists);
    }

    public static Tokenizer? Load(string name) => TokenizerPath(name) is { } path ? Tokenizer.Load(path) : null;

    public static int[] Ids(JsonElement row, string property) => [.. row.GetProperty(property).EnumerateArray().Select(id => id.GetInt32())];

    public static string[] Strings(JsonElement row, string property) => [.. row.GetProperty(property).EnumerateArray().Select(text => text.GetString()!)];

}
