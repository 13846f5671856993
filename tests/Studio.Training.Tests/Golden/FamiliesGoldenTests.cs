using System.Text.Json.Nodes;
using Studio.Testing;
using Studio.Training.Checkpoints;
using Studio.Training.Models;
using Studio.Training.Verification;

namespace Studio.Training.Tests.Golden;

/// <summary>Every folder of the set <c>families</c>: logits with padding, hidden states, cached greedy ids, loss and gradients.</summary>
public sealed class FamiliesGoldenTests
{
    private const string Set = "families";

    public static IEnumerable<object[]> Cases => GoldenFolder.Rows(GoldenFolder.Cases(Set, "cases.safetensors"));

    [SkippableTheory]
    [MemberData(nameof(Cases))]
    public void Model_reproduces_the_reference(string name) => GoldenModels.Check(Set, name, "config.json");

    [SkippableTheory]
    [MemberData(nameof(Cases))]
    public void Older_configuration_gives_the_same_model(string name) => GoldenModels.Check(Set, name, "config.v4.json");
}

/// <summary>Every folder of the set <c>rope</c>: the same, with rotary tables and generation across the original context.</summary>
public sealed class RopeGoldenTests
{
    private const string Set = "rope";

    public static IEnumerable<object[]> Cases => GoldenFolder.Rows(GoldenFolder.Cases(Set, "cases.safetensors"));

    [SkippableTheory]
    [MemberData(nameof(Cases))]
    public void Model_reproduces_the_reference(string name) => GoldenModels.Check(Set, name, "config.json");

    [SkippableTheory]
    [MemberData(nameof(Cases))]
    public void Older_configuration_gives_the_same_model(string name) => GoldenModels.Check(Set, name, "config.v4.json");
}

internal static class GoldenModels
{
    public static void Check(string set, string name, string configName)
    {
        Skip.If(name.Length == 0, $"the set {set} is not in {GoldenFolder.Root}");
        var folder = GoldenFolder.Under(set, name);
        var config = Path.Combine(folder, configName);
        Skip.IfNot(File.Exists(config), $"{set}/{name}: has no {configName}");
        var type = JsonNode.Parse(File.ReadAllText(config))!["model_type"]!.GetValue<string>();
        Skip.If(ModelFamilies.Find(type) is null, $"{set}/{name}: model type {type} is not built");

        var tolerance = JsonNode.Parse(File.ReadAllText(Path.Combine(folder, "cases.json")))!["logit_atol"]?.GetValue<double>() ?? 1e-4;
        using var model = PretrainedModel.Load(folder, new LoadOptions { ConfigPath = config });
        var checks = ReferenceCases.Replay(model, Path.Combine(folder, "cases.safetensors"), tolerance).ToList();
        Assert.Contains(checks, c => c.Tensor == "logits");
        var wrong = checks.Where(c => !c.Ok && !c.Skipped).Select(c => $"{c.Tensor}: {c.MaxAbsDiff:g3} of {c.MaxAbs:g3} {c.Note}");
        Assert.True(checks.All(c => c.Ok || c.Skipped), $"{set}/{name}: {string.Join("; ", wrong)}");
    }
}
