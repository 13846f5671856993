namespace Studio.Testing;

/// <summary>
/// Finds the reference outputs ("golden" sets) that tests compare with: the folder named by <c>STUDIO_GOLDEN</c>, else <c>tests/golden</c> of the repository.
/// </summary>
public static class GoldenFolder
{
    /// <summary>Root of the golden sets; a subfolder per set (<c>families</c>, <c>losses</c>, ...).</summary>
    public static string Root { get; } = Environment.GetEnvironmentVariable("STUDIO_GOLDEN") is { Length: > 0 } named
        ? Path.GetFullPath(named)
        : RepositoryRoot.Under("tests", "golden");

    /// <summary>Path below the root, whether it exists or not.</summary>
    public static string Under(params string[] parts) => Path.Combine([Root, .. parts]);

    /// <summary>True when the set (or a file of it) stands in the folder.</summary>
    public static bool Has(params string[] parts) => Directory.Exists(Under(parts)) || File.Exists(Under(parts));

    /// <summary>Names of the subfolders of a set that hold <paramref name="marker"/>, in ordinal order; empty when the set is absent.</summary>
    public static IReadOnlyList<string> Cases(string set, string marker)
    {
        var folder = Under(set);
        if (!Directory.Exists(folder))
        {
            return [];
        }

        return [.. Directory.GetDirectories(folder)
            .Where(d => File.Exists(Path.Combine(d, marker)))
            .Select(d => Path.GetFileName(d))
            .Order(StringComparer.Ordinal)];
    }

    /// <summary>
    /// Rows for a theory: the given cases, or one row with an empty name when there are none, so that the test shows up as skipped instead of vanishing.
    /// </summary>
    public static IEnumerable<object[]> Rows(IEnumerable<string> cases)
    {
        var any = false;
        foreach (var name in cases)
        {
            any = true;
            yield return [name];
        }

        if (!any)
        {
            yield return [""];
        }
    }
}
