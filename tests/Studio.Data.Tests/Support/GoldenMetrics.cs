using System.Text.Json.Nodes;
using Studio.Testing;

namespace Studio.Data.Tests;

/// <summary>The golden set <c>metrics</c>: one case per entry of a list, named <c>path[index]</c>.</summary>
internal static class GoldenMetrics
{
    public static bool Has(string file) => GoldenFolder.Has("metrics", file);

    public static JsonNode Read(string file) => JsonNode.Parse(File.ReadAllText(GoldenFolder.Under("metrics", file)))!;

    public static IEnumerable<object[]> Cases(string file, params string[] path)
    {
        if (!Has(file))
        {
            return GoldenFolder.Rows([]);
        }

        var list = path.Aggregate(Read(file), (node, step) => node[step]!).AsArray();
        return GoldenFolder.Rows(Enumerable.Range(0, list.Count).Select(i => FormattableString.Invariant($"{string.Join('.', path)}[{i}]")));
    }

    public static void Need(string file, string name) => Skip.If(name.Length == 0 || !Has(file), $"golden set metrics/{file} is not here");

    public static JsonNode Case(string file, string name)
    {
        Need(file, name);
        var bracket = name.IndexOf('[', StringComparison.Ordinal);
        var node = name[..bracket].Split('.').Aggregate(Read(file), (n, step) => n[step]!);
        return node[int.Parse(name[(bracket + 1)..^1], System.Globalization.CultureInfo.InvariantCulture)]!;
    }
}
