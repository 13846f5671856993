using System.Text.RegularExpressions;
using System.Xml.Linq;
using Studio.Testing;

namespace Studio.Data.Tests.Architecture;

/// <summary>What may use what, as the architecture document says; kept by reading the projects and their sources.</summary>
public sealed partial class ImportRulesTests
{
    [Fact]
    public void Projects_reference_only_in_one_direction()
    {
        Assert.Empty(ProjectReferences("Studio.Data"));
        Assert.Equal(["Studio.Data"], ProjectReferences("Studio.Training"));
        Assert.Equal(["Studio.Data"], ProjectReferences("Studio.Web").Where(r => r != "Studio.Training"));
        var trainer = Project("Studio.Web").Descendants("ProjectReference").Single(r => r.Attribute("Include")!.Value.Contains("Studio.Training", StringComparison.Ordinal));
        Assert.Equal("false", trainer.Attribute("ReferenceOutputAssembly")?.Value);
    }

    [Theory]
    [InlineData("Studio.Data", "TorchSharp", "Microsoft.AspNetCore", "MudBlazor", "Hangfire")]
    [InlineData("Studio.Training", "Studio.Data.Store", "MudBlazor", "Hangfire", "LiteDB")]
    [InlineData("Studio.Web", "TorchSharp", "LiteDB", "Studio.Training")]
    public void Sources_do_not_use(string project, params string[] forbidden)
    {
        foreach (var (path, uses) in Sources(project))
        {
            Assert.True(uses.FirstOrDefault(use => forbidden.Any(name => Under(use, name))) is null, $"{project}/{path} uses one of {string.Join(", ", forbidden)}.");
        }
    }

    [Theory]
    [InlineData("Studio.Data", "TorchSharp|libtorch|MudBlazor|Hangfire|AspNetCore")]
    [InlineData("Studio.Training", "MudBlazor|Hangfire|LiteDB")]
    [InlineData("Studio.Web", "TorchSharp|libtorch|LiteDB")]
    public void Packages_are_not_referenced(string project, string forbidden)
    {
        var packages = Project(project).Descendants("PackageReference").Select(p => p.Attribute("Include")!.Value);
        Assert.DoesNotContain(packages, p => Regex.IsMatch(p, forbidden, RegexOptions.IgnoreCase));
    }

    [Theory]
    [InlineData("Studio.Data", "LiteDB", "Store/Lite/")]
    [InlineData("Studio.Web", "Hangfire", "Jobs/|Program.cs$")]
    [InlineData("Studio.Web", "Yarp", "Serving/")]
    [InlineData("Studio.Training", "Microsoft.AspNetCore", "Serving/|Commands/")]
    public void Is_used_only_in(string project, string name, string where)
    {
        foreach (var (path, uses) in Sources(project))
        {
            Assert.True(Regex.IsMatch(path, $"^({where})") || !uses.Any(use => Under(use, name)), $"{project}/{path} uses {name}.");
        }
    }

    [Theory]
    [InlineData("Studio.Data")]
    [InlineData("Studio.Training")]
    public void Console_is_written_only_by_commands(string project)
    {
        foreach (var file in Files(project))
        {
            var path = Relative(project, file);
            if (path.StartsWith("Commands/", StringComparison.Ordinal) || path is "Program.cs")
            {
                continue;
            }

            Assert.False(ConsoleCall().IsMatch(WithoutComments(File.ReadAllText(file))), $"{project}/{path} writes to the console.");
        }
    }

    [Theory]
    [InlineData("Studio.Data", "LiteDB")]
    [InlineData("Studio.Training", "TorchSharp")]
    public void Private_packages_are_hidden_from_the_compiler_of_others(string project, string package)
    {
        var reference = Project(project).Descendants("PackageReference").Single(p => p.Attribute("Include")!.Value == package);
        Assert.Equal("compile", reference.Attribute("PrivateAssets")?.Value);
    }

    private static bool Under(string use, string name) => use == name || use.StartsWith(name + ".", StringComparison.Ordinal);

    private static XDocument Project(string name) => XDocument.Load(RepositoryRoot.Under(name, name + ".csproj"));

    private static IEnumerable<string> ProjectReferences(string project) =>
        Project(project).Descendants("ProjectReference").Select(r => Path.GetFileNameWithoutExtension(r.Attribute("Include")!.Value.Replace('\\', '/')));

    private static IEnumerable<string> Files(string project) =>
        new[] { "*.cs", "*.razor" }
            .SelectMany(pattern => Directory.EnumerateFiles(RepositoryRoot.Under(project), pattern, SearchOption.AllDirectories))
            .Where(f => !Relative(project, f).StartsWith("obj/", StringComparison.Ordinal) && !Relative(project, f).StartsWith("bin/", StringComparison.Ordinal));

    private static string Relative(string project, string file) => Path.GetRelativePath(RepositoryRoot.Under(project), file).Replace('\\', '/');

    private static IEnumerable<(string Path, IReadOnlyList<string> Uses)> Sources(string project) =>
        Files(project).Select(f => (Relative(project, f), (IReadOnlyList<string>)[.. Using().Matches(File.ReadAllText(f)).Select(m => m.Groups[1].Value)]));

    private static string WithoutComments(string text) => Comment().Replace(text, "");

    [GeneratedRegex(@"^\s*(?:@|global\s+)?using\s+(?:static\s+)?(?:\w+\s*=\s*)?([A-Za-z_][\w.]*)", RegexOptions.Multiline)]
    private static partial Regex Using();

    [GeneratedRegex(@"//[^\n]*")]
    private static partial Regex Comment();

    [GeneratedRegex(@"(?<![\w.])Console\.(Write|WriteLine|Out|Error|In|Read)")]
    private static partial Regex ConsoleCall();
}
