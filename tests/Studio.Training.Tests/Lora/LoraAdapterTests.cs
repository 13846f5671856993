using System.Text.Json.Nodes;
using Studio.Training.Layers;
using Studio.Training.Lora;
using Studio.Training.Models;
using static TorchSharp.torch;

namespace Studio.Training.Tests.Lora;

public sealed class LoraAdapterTests
{
    public static IEnumerable<object[]> Families => ModelFamilies.All.Select(f => new object[] { f.Name });

    [Theory]
    [MemberData(nameof(Families))]
    public void A_fresh_adapter_changes_nothing_and_a_saved_one_comes_back(string family)
    {
        using var scope = NewDisposeScope();
        using var model = Tiny(family);
        var input = new ForwardInput(tensor(new long[] { 1, 5, 9, 2, 7, 3 }).reshape(1, 6));
        using var quiet = no_grad();
        var before = model.Forward(input);
        using var adapter = LoraAdapter.Wrap(model, new LoraConfig { R = 4, TargetModules = ModuleMatch.Of("all-linear") }, 3);
        Assert.True((model.Forward(input) - before).abs().max().item<float>() <= 1e-5 * before.abs().max().item<float>());

        foreach (var module in adapter.Modules)
        {
            module.B.copy_(randn(module.B.shape) * 0.1);
        }

        var changed = model.Forward(input);
        Assert.True((changed - before).abs().max().item<float>() > 0);
        var folder = Directory.CreateTempSubdirectory("studio-lora-");
        try
        {
            AdapterFolder.Write(folder.FullName, adapter, null);
            adapter.Detach();
            using var again = AdapterFolder.Load(model, folder.FullName);
            Assert.Equal(0, (model.Forward(input) - changed).abs().max().item<float>());
            again.Merge();
            var merged = (model.Forward(input) - changed).abs().max().item<float>() / changed.abs().max().item<float>();
            Assert.True(merged < 1e-4, $"{merged}");
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public void The_seed_decides_A()
    {
        using var model = Tiny("llama");
        var config = new LoraConfig { R = 4, TargetModules = ModuleMatch.Of("q_proj") };
        using var a = LoraAdapter.Wrap(model, config, 1);
        using var b = LoraAdapter.Wrap(model, config, 1);
        using var c = LoraAdapter.Wrap(model, config, 2);
        Assert.True(a.Modules[0].A.equal(b.Modules[0].A).all().item<bool>());
        Assert.False(a.Modules[0].A.equal(c.Modules[0].A).all().item<bool>());
        Assert.True(a.Modules[0].A.abs().max().item<float>() <= 1 / Math.Sqrt(32) + 1e-6);
    }

    internal static CausalLm Tiny(string family)
    {
        var found = ModelFamilies.All.First(f => f.Name == family);
        manual_seed(11);
        var model = found.Build(found.ReadConfig(new ConfigReader(JsonNode.Parse(found.TinyConfig)!.AsObject())), new TensorPlace(CPU, ScalarType.Float32));
        using var quiet = no_grad();
        foreach (var (_, parameter) in model.named_parameters())
        {
            parameter.copy_(randn(parameter.shape) * 0.2 + (parameter.dim() == 1 ? 1 : 0));
        }

        return model;
    }
}
