using Studio.Data.Recipes;
using Studio.Testing;

namespace Studio.Data.Tests.Samples;

public sealed class SampleRecipesTests
{
    private static readonly IReadOnlyList<string> Files = [.. Directory.GetFiles(RepositoryRoot.Under("samples", "recipes"), "*.json").Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];

    public static TheoryData<string> Recipes => [.. Files];

    [Theory]
    [MemberData(nameof(Recipes))]
    public void Recipe_reads_and_is_valid(string file)
    {
        var recipe = StudioJson.Deserialize<Recipe>(File.ReadAllText(RepositoryRoot.Under("samples", "recipes", file)));
        Assert.Empty(recipe.Validate());
        Assert.Equal(Path.GetFileNameWithoutExtension(file), recipe.Name);
    }

    [Fact]
    public void Readme_lists_every_recipe()
    {
        var readme = File.ReadAllText(RepositoryRoot.Under("samples", "recipes", "README.md"));
        Assert.All(Files, file => Assert.Contains($"`{file}`", readme, StringComparison.Ordinal));
    }
}
