using System.Text.Json.Nodes;
using Studio.Testing;
using Studio.Training.Checkpoints;
using Studio.Training.Layers;
using Studio.Training.Lora;
using Studio.Training.Models;
using static TorchSharp.torch;

namespace Studio.Training.Tests.Lora;

public sealed class AdaptersGoldenTests
{
    public static IEnumerable<object[]> Cases => GoldenFolder.Rows(GoldenFolder.Cases("adapters", "cases.safetensors"));

    [SkippableTheory]
    [MemberData(nameof(Cases))]
    public void Logits_loss_gradients_and_merged_weights_are_the_reference(string name)
    {
        Skip.If(name == "", "adapters is absent");
        var folder = GoldenFolder.Under("adapters", name);
        Skip.IfNot(File.Exists(Path.Combine(folder, "adapter_config.json")), $"{name}: not a single adapter");
        var about = GoldenJson.Read("adapters", name, "case.json");
        var source = GoldenFolder.Under("adapters", (string)about["base"]!);
        var type = (string)GoldenJson.Read("adapters", (string)about["base"]!, "config.json")["model_type"]!;
        Skip.If(ModelFamilies.Find(type) is null, $"{name}: model type {type} is not built");
        Skip.IfNot(File.Exists(Path.Combine(folder, AdapterFolder.WeightsFile)), $"{name}: not a safetensors adapter");
        try
        {
            LoraConfig.Read(Path.Combine(folder, AdapterFolder.ConfigFile));
        }
        catch (AdapterException refused)
        {
            Skip.If(true, $"{name}: {refused.Message}");
        }

        using var file = SafeTensorsFile.Open(Path.Combine(folder, "cases.safetensors"));
        using var scope = NewDisposeScope();
        using var model = PretrainedModel.Load(source);
        var input = new ForwardInput(file.Read("input_ids"));
        if (file.Entries.ContainsKey("logits.base"))
        {
            Near(file, "logits.base", model.Model.Forward(input).detach(), 1e-4);
        }

        LoraAdapter? loaded = null;
        try
        {
            loaded = AdapterFolder.Load(model.Model, folder);
        }
        catch (AdapterException refused)
        {
            Skip.If(true, $"{name}: {refused.Message}");
        }

        using var adapter = loaded!;
        foreach (var module in adapter.Modules.Where(_ => about["scale"] is JsonObject))
        {
            Assert.True(about["scale"]![module.Name] is { } scale && Math.Abs((double)scale - module.ScaleValue) < 1e-9, module.Name);
        }

        // The reference counts wrapped embeddings and heads too.
        if (about["adapted_modules"] is JsonArray adapted && !adapter.Parts.Any(p => p is TrainedRows))
        {
            Assert.Equal(adapted.AsArray().Select(n => (string)n!).Order(StringComparer.Ordinal), adapter.Modules.Select(m => m.Name).Concat(adapter.Parts.OfType<LoraEmbedding>().Select(e => e.Name)).Order(StringComparer.Ordinal));
        }

        var logits = model.Model.Forward(input);
        Near(file, "logits.adapter", logits.detach(), 1e-4);

        if (!file.Entries.ContainsKey("loss"))
        {
            return;
        }

        var vocabulary = logits.shape[^1];
        var loss = nn.functional.cross_entropy(logits.narrow(1, 0, logits.shape[1] - 1).reshape(-1, vocabulary), input.InputIds.narrow(1, 1, logits.shape[1] - 1).reshape(-1));
        Assert.Equal(file.Read("loss").item<float>(), loss.item<float>(), 1e-5f);
        loss.backward();
        foreach (var (key, parameter) in adapter.Parameters())
        {
            var stored = $"grad.base_model.model.{key}";
            if (file.Entries.ContainsKey(stored))
            {
                var expected = file.Read(stored);
                Near(expected, parameter.grad!, 1e-4 * Math.Max(1e-6, expected.abs().max().item<float>()), key);
            }
        }

        if (!file.Entries.ContainsKey("logits.merged"))
        {
            return;
        }

        try
        {
            adapter.Merge();
        }
        catch (AdapterException)
        {
            // A head of its own on a base that shares the matrix: the reference unties the base first.
            Assert.True(model.Model.HeadProjection.Tied);
            return;
        }

        foreach (var key in file.Entries.Keys.Where(k => k.StartsWith("merged.", StringComparison.Ordinal)))
        {
            var parameter = model.Model.named_parameters().FirstOrDefault(p => p.name == key["merged.".Length..]).parameter;
            if (parameter is not null)
            {
                Near(file, key, parameter.detach(), 2e-6);
            }
        }

        Near(file, "logits.merged", model.Model.Forward(input).detach(), 1e-4);
    }

    [SkippableTheory]
    [InlineData("extra_tensor", "does not explain")]
    [InlineData("missing_tensor", "has no lora")]
    [InlineData("wrong_rank", "shape")]
    [InlineData("wrong_width", "shape")]
    [InlineData("no_prefix", "does not begin with")]
    [InlineData("nan_value", "not finite")]
    [InlineData("empty", "no LoRA tensors")]
    public void A_damaged_file_is_refused_with_its_reason(string variant, string reason)
    {
        var folder = GoldenFolder.Under("adapters", "broken_files_llama", variant);
        Skip.IfNot(Directory.Exists(folder), $"{variant} is absent");
        using var model = PretrainedModel.Load(GoldenFolder.Under("adapters", "bases", "llama"));
        var fault = Assert.Throws<AdapterException>(() => AdapterFolder.Load(model.Model, Complete(folder)));
        Assert.Contains(reason, fault.Message, StringComparison.Ordinal);
        Assert.All(model.Model.Projections(), p => Assert.Null(p.Projection.Adapter));
    }

    [SkippableTheory]
    [InlineData("with_adapter_name")]
    [InlineData("other_dtype")]
    public void A_file_of_another_writer_gives_the_same_answer(string variant)
    {
        var folder = GoldenFolder.Under("adapters", "broken_files_llama", variant);
        Skip.IfNot(Directory.Exists(folder), $"{variant} is absent");
        using var scope = NewDisposeScope();
        using var file = SafeTensorsFile.Open(GoldenFolder.Under("adapters", "broken_files_llama", "cases.safetensors"));
        using var model = PretrainedModel.Load(GoldenFolder.Under("adapters", "bases", "llama"));
        using var adapter = AdapterFolder.Load(model.Model, Complete(folder));
        Near(file, "logits.adapter", model.Model.Forward(new ForwardInput(file.Read("input_ids"))).detach(), variant == "other_dtype" ? 0.1 : 1e-4);
    }

    [SkippableFact]
    public void Two_adapters_and_none_can_take_turns_on_one_base()
    {
        Skip.IfNot(GoldenFolder.Has("adapters", "two_adapters_llama"), "adapters is absent");
        using var scope = NewDisposeScope();
        using var file = SafeTensorsFile.Open(GoldenFolder.Under("adapters", "two_adapters_llama", "cases.safetensors"));
        using var model = PretrainedModel.Load(GoldenFolder.Under("adapters", "bases", "llama"));
        using var first = AdapterFolder.Load(model.Model, GoldenFolder.Under("adapters", "two_adapters_llama", "first"));
        var input = new ForwardInput(file.Read("input_ids"));
        Near(file, "logits.first", model.Model.Forward(input).detach(), 1e-4);
        using (first.Disable())
        {
            Near(file, "logits.disabled", model.Model.Forward(input).detach(), 1e-4);
        }

        first.Detach();
        using var second = AdapterFolder.Load(model.Model, GoldenFolder.Under("adapters", "two_adapters_llama", "second"));
        Near(file, "logits.second", model.Model.Forward(input).detach(), 1e-4);
        second.Detach();
        first.Attach();
        Near(file, "logits.first", model.Model.Forward(input).detach(), 1e-4);
    }

    // The variants hold the damaged file alone or with its configuration; the good configuration lies above them.
    private static string Complete(string variant)
    {
        if (File.Exists(Path.Combine(variant, AdapterFolder.ConfigFile)))
        {
            return variant;
        }

        var whole = Directory.CreateTempSubdirectory("studio-adapter-").FullName;
        File.Copy(Path.Combine(variant, "..", AdapterFolder.ConfigFile), Path.Combine(whole, AdapterFolder.ConfigFile));
        File.Copy(Path.Combine(variant, AdapterFolder.WeightsFile), Path.Combine(whole, AdapterFolder.WeightsFile));
        return whole;
    }

    private static void Near(SafeTensorsFile file, string name, Tensor actual, double tolerance) => Near(file.Read(name), actual, tolerance, name);

    private static void Near(Tensor expected, Tensor actual, double tolerance, string what)
    {
        Assert.Equal(expected.shape, actual.shape);
        var difference = (expected - actual).abs().max().item<float>();
        Assert.True(difference <= tolerance, $"{what}: {difference} is more than {tolerance}");
    }
}
