namespace Studio.Benchmarks;

/// <summary>Places of the checkout that benchmarks use.</summary>
internal static class BenchmarkFolder
{
    public static string Root { get; } = FindRoot();

    public static string Results => Path.Combine(Root, "tests", "Studio.Benchmarks", "results");

    public static string Model => Directory.EnumerateFiles(Path.Combine(Root, "samples", "models"), "*.gguf", SearchOption.AllDirectories).First();

    public static string Dataset(string name) => Path.Combine(Root, "samples", "datasets", name);

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Studio.sln")))
            {
                return folder.FullName;
            }
        }

        throw new DirectoryNotFoundException("Studio.sln was not found above " + AppContext.BaseDirectory);
    }
}
