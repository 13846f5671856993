using Studio.Testing;
using Studio.Training.Checkpoints;
using Studio.Training.Lora;
using Studio.Training.Verification;

namespace Studio.Training.Tests.Golden;

/// <summary>The set <c>adapters</c>: adapters as PEFT writes them, on their bases: logits, loss, gradients, merged weights.</summary>
public sealed class AdaptersGoldenTests
{
    private const string Set = "adapters";

    public static IEnumerable<object[]> Cases => GoldenFolder.Rows(GoldenFolder.Cases(Set, "adapter_config.json"));

    [SkippableTheory]
    [MemberData(nameof(Cases))]
    public void Adapter_reproduces_the_reference(string name)
    {
        Skip.If(name.Length == 0, $"the set {Set} is not in {GoldenFolder.Root}");
        var folder = GoldenFolder.Under(Set, name);
        var cases = Path.Combine(folder, "cases.safetensors");
        using (var file = SafeTensorsFile.Open(cases))
        {
            Skip.IfNot(AdapterCases.Fits(file), $"{Set}/{name}: has no logits.adapter");
        }

        var info = System.Text.Json.Nodes.JsonNode.Parse(File.ReadAllText(Path.Combine(folder, "case.json")))!;
        using var model = PretrainedModel.Load(GoldenFolder.Under(Set, info["base"]!.GetValue<string>()));
        List<TensorCheck> checks;
        try
        {
            checks = [.. AdapterCases.Replay(model, folder, cases, 1e-4)];
        }
        catch (AdapterException refused)
        {
            Skip.If(true, $"{Set}/{name}: {refused.Message}");
            return;
        }

        var wrong = checks.Where(c => !c.Ok && !c.Skipped).Select(c => $"{c.Tensor}: {c.MaxAbsDiff:g3} of {c.MaxAbs:g3} {c.Note}").ToList();
        Assert.True(wrong.Count == 0, $"{Set}/{name}: {string.Join("; ", wrong)}");
    }
}
