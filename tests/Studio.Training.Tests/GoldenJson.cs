using System.Text.Json.Nodes;
using Studio.Testing;

namespace Studio.Training.Tests;

/// <summary>Short ways into the JSON of reference sets.</summary>
internal static class GoldenJson
{
    public static JsonNode Read(params string[] path) => JsonNode.Parse(File.ReadAllText(GoldenFolder.Under(path)))!;

    public static int[] Ints(this JsonNode? node) => [.. node!.AsArray().Select(n => (int)n!)];

    public static double[] Doubles(this JsonNode? node) => [.. node!.AsArray().Select(n => (double)n!)];

    /// <summary>One row per element of a list in a file, named by its place; one skipped row where the file is absent.</summary>
    public static IEnumerable<object[]> Rows(string set, string file, Func<JsonNode, JsonArray> list, Func<JsonNode, int, string>? name = null)
    {
        if (!GoldenFolder.Has(set, file))
        {
            yield return [-1, $"{set}/{file} is absent"];
            yield break;
        }

        var cases = list(Read(set, file));
        for (var i = 0; i < cases.Count; i++)
        {
            yield return [i, name?.Invoke(cases[i]!, i) ?? i.ToString(System.Globalization.CultureInfo.InvariantCulture)];
        }
    }
}
