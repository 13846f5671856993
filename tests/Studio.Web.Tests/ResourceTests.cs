using System.Collections;
using System.Globalization;
using System.Resources;
using System.Text.RegularExpressions;
using Studio.Data.Recipes;
using Studio.Testing;
using Studio.Web.Resources;

namespace Studio.Web.Tests;

/// <summary>Both languages are complete: no key is missing in one of them, and none that a page uses is missing in both.</summary>
public sealed partial class ResourceTests
{
    private static readonly Type[] Areas = [.. typeof(Text).Assembly.GetTypes().Where(t => t.Namespace == typeof(Text).Namespace && t.Name.EndsWith("Text", StringComparison.Ordinal) && t.IsSealed && !t.IsAbstract)];

    public static TheoryData<string> AreaNames => [.. Areas.Select(a => a.Name)];

    [Theory]
    [MemberData(nameof(AreaNames))]
    public void English_and_Chinese_have_the_same_keys(string area)
    {
        var (english, chinese) = (Keys(area, ""), Keys(area, "zh-Hans"));
        Assert.NotEmpty(english);
        Assert.Empty(english.Keys.Except(chinese.Keys));
        Assert.Empty(chinese.Keys.Except(english.Keys));
    }

    [Theory]
    [MemberData(nameof(AreaNames))]
    public void Translations_use_the_same_placeholders(string area)
    {
        var chinese = Keys(area, "zh-Hans");
        foreach (var (key, text) in Keys(area, ""))
        {
            Assert.False(string.IsNullOrWhiteSpace(text), $"{area}: {key} is empty");
            Assert.False(string.IsNullOrWhiteSpace(chinese[key]), $"{area}: {key} is empty in Chinese");
            Assert.Equal(Placeholders(text), Placeholders(chinese[key]));
        }
    }

    [Fact]
    public void Every_key_that_a_page_uses_exists()
    {
        List<string> missing = [];
        var root = Path.Combine(RepositoryRoot.Path, "Studio.Web");
        foreach (var file in Directory.EnumerateFiles(root, "*.*", SearchOption.AllDirectories).Where(f => f.EndsWith(".razor", StringComparison.Ordinal) || f.EndsWith(".cs", StringComparison.Ordinal)))
        {
            if (file.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal))
            {
                continue;
            }

            var source = File.ReadAllText(file);
            var other = file.EndsWith(".razor", StringComparison.Ordinal) ? file + ".cs" : file.EndsWith(".razor.cs", StringComparison.Ordinal) ? file[..^3] : null;
            var names = Injected(source + (other is not null && File.Exists(other) ? File.ReadAllText(other) : ""));
            foreach (var (name, area) in names)
            {
                var keys = Keys(area, "");
                foreach (Match use in Regex.Matches(source, $@"\b{name}\[""([^""{{}}]+)""[\],]"))
                {
                    if (!keys.ContainsKey(use.Groups[1].Value))
                    {
                        missing.Add($"{Path.GetFileName(file)}: {area} has no \"{use.Groups[1].Value}\"");
                    }
                }

                foreach (Match use in Regex.Matches(source, $@"\b{name}\.Plural\(""([^""{{}}]+)"""))
                {
                    foreach (var form in new[] { ".one", ".other" })
                    {
                        if (!keys.ContainsKey(use.Groups[1].Value + form))
                        {
                            missing.Add($"{Path.GetFileName(file)}: {area} has no \"{use.Groups[1].Value}{form}\"");
                        }
                    }
                }
            }
        }

        Assert.Empty(missing);
    }

    [Fact]
    public void Every_option_has_a_label_and_a_help_in_both_languages()
    {
        Type[] records = [typeof(ModelOptions), typeof(LoraOptions), typeof(OptimizationOptions), typeof(DataOptions), typeof(EvaluationOptions), typeof(CheckpointOptions), .. TrainingMethods.All.Select(m => m.OptionsType), .. Studio.Data.Preparation.Preparations.All.Select(p => p.OptionsType)];
        var keys = Keys(nameof(OptionText), "zh-Hans");
        Assert.Empty(records.SelectMany(OptionSchema.Of).SelectMany(f => new[] { f.Name + ".label", f.Name + ".help" }).Where(k => !keys.ContainsKey(k)).Distinct());
    }

    [Fact]
    public void Pages_hold_no_text_outside_the_resources()
    {
        List<string> found = [];
        foreach (var file in Directory.EnumerateFiles(Path.Combine(RepositoryRoot.Path, "Studio.Web"), "*.razor", SearchOption.AllDirectories))
        {
            var markup = File.ReadAllText(file);
            var code = markup.IndexOf("@code", StringComparison.Ordinal);
            markup = code >= 0 ? markup[..code] : markup;
            foreach (Match text in BareText().Matches(markup))
            {
                if (!Known.Contains(text.Groups[1].Value.Trim()))
                {
                    found.Add($"{Path.GetFileName(file)}: {text.Groups[1].Value.Trim()}");
                }
            }
        }

        Assert.Empty(found);
    }

    /// <summary>Names that are the same in every language.</summary>
    private static readonly HashSet<string> Known = ["Studio", "SHA-256", "EN", "Ctrl K", "Esc", "GGUF", "API", "curl", "Ctrl Enter", "PEFT", "vLLM", "Ollama", "llama.cpp"];

    [GeneratedRegex(@"<(?:p|h1|h2|h3|th|td|dt|dd|b|span|label|button|a|summary|li|div|option|kbd)(?:\s[^<>]*)?>\s*([A-Z][A-Za-z][A-Za-z ,.\-]+)\s*</")]
    private static partial Regex BareText();

    private static Dictionary<string, string> Injected(string source)
    {
        Dictionary<string, string> names = new(StringComparer.Ordinal);
        foreach (Match match in Regex.Matches(source, @"IStringLocalizer<(\w+)>\s+(\w+)"))
        {
            names[match.Groups[2].Value] = match.Groups[1].Value;
        }

        return names;
    }

    private static Dictionary<string, string> Keys(string area, string culture)
    {
        var type = Areas.Single(a => a.Name == area);
        var set = new ResourceManager(type).GetResourceSet(CultureInfo.GetCultureInfo(culture), createIfNotExists: true, tryParents: false);
        return set is null ? [] : set.Cast<DictionaryEntry>().ToDictionary(e => (string)e.Key, e => (string)e.Value!, StringComparer.Ordinal);
    }

    private static string Placeholders(string text) => string.Join(' ', Regex.Matches(text, @"\{\d+\}").Select(m => m.Value).Distinct().Order());
}
