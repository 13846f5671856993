using Studio.Testing;

namespace Studio.Data.Tests.Support;

/// <summary>Real public files for tests: the folder named by STUDIO_TEST_DATA, else <c>shared/data</c> beside the checkout. Tests skip by name without it.</summary>
public static class PublicData
{
    private static readonly string Root = Environment.GetEnvironmentVariable("STUDIO_TEST_DATA") is { Length: > 0 } named ? named : RepositoryRoot.Under("..", "shared", "data");

    public static string Need(params string[] parts)
    {
        var path = Path.Combine([Root, .. parts]);
        Skip.IfNot(File.Exists(path) || Directory.Exists(path), $"public data set {parts[0]} is not here");
        return path;
    }

    public static IEnumerable<object[]> Files(string folder, string pattern)
    {
        var path = Path.Combine(Root, folder);
        return Directory.Exists(path) ? Directory.GetFiles(path, pattern).Order(StringComparer.Ordinal).Select(f => new object[] { Path.GetFileName(f) }) : [[""]];
    }
}
