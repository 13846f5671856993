using System.Text.Json.Nodes;
using Studio.Testing;
using Studio.Training.Checkpoints;
using Studio.Training.Layers;
using Studio.Training.Models;
using Studio.Training.Verification;
using static TorchSharp.torch;

namespace Studio.Training.Tests.Golden;

/// <summary>The set <c>gguf</c>: quantised blocks, unusual and damaged files, whole models.</summary>
public sealed class GgufGoldenTests
{
    private const string Set = "gguf";

    public static IEnumerable<object[]> BlockTypes => GoldenFolder.Rows(GoldenFolder.Has(Set, "blocks", "blocks.json")
        ? JsonNode.Parse(File.ReadAllText(GoldenFolder.Under(Set, "blocks", "blocks.json")))!.AsObject().Select(t => t.Key) : []);

    public static IEnumerable<object[]> Files => GoldenFolder.Rows(GoldenFolder.Has(Set, "files", "files.json")
        ? JsonNode.Parse(File.ReadAllText(GoldenFolder.Under(Set, "files", "files.json")))!.AsObject().Select(t => t.Key) : []);

    public static IEnumerable<object[]> Models => GoldenFolder.Rows(GoldenFolder.Has(Set, "models") ? GoldenFolder.Cases(Path.Combine(Set, "models"), "cases.safetensors") : []);

    [SkippableTheory]
    [MemberData(nameof(BlockTypes))]
    public void Blocks_decode_bit_for_bit(string type)
    {
        Skip.If(type.Length == 0, $"the set {Set}/blocks is not in {GoldenFolder.Root}");
        var decoder = GgufTypes.All.Values.Single(t => t.Name == type);
        Skip.If(decoder.Decode is null, $"{Set}/blocks/{type}: the type is not decoded");
        using var reference = SafeTensorsFile.Open(GoldenFolder.Under(Set, "blocks", "blocks.safetensors"));
        foreach (var kind in (string[])["quantised", "random"])
        {
            using var scope = NewDisposeScope();
            var blocks = reference.Read($"{type}.{kind}.blocks").data<byte>().ToArray();
            var expected = reference.Read($"{type}.{kind}.values").flatten().data<float>().ToArray();
            var actual = new float[expected.Length];
            decoder.Decode(blocks, actual);
            for (var i = 0; i < expected.Length; i++)
            {
                Assert.True(actual[i].Equals(expected[i]), $"{type} {kind} value {i}: {actual[i]:r} instead of {expected[i]:r}");
            }
        }

        using var file = GgufFile.Open(GoldenFolder.Under(Set, "blocks", "all_types.gguf"));
        using var inner = NewDisposeScope();
        var read = file.Read(type);
        Assert.Equal([8, 256], read.shape);
        Assert.True(read.flatten().equal(reference.Read($"{type}.quantised.values").flatten()).all().item<bool>());
        Assert.True(file.Read(type, ScalarType.BFloat16).equal(read.to_type(ScalarType.BFloat16)).all().item<bool>());
    }

    [SkippableTheory]
    [MemberData(nameof(Files))]
    public void Unusual_files_load_and_damaged_ones_are_refused(string name)
    {
        Skip.If(name.Length == 0, $"the set {Set}/files is not in {GoldenFolder.Root}");
        var group = JsonNode.Parse(File.ReadAllText(GoldenFolder.Under(Set, "files", "files.json")))![name]!["group"]!.GetValue<string>();
        var path = GoldenFolder.Under(Set, "files", name + ".gguf");
        try
        {
            using var file = GgufFile.Open(path);
            Assert.True(group != "malformed", $"{name}: was accepted");
            if (file.Tensors.TryGetValue("a", out var a) && name != "data_nan")
            {
                using var scope = NewDisposeScope();
                Assert.Equal([2, 4], a.Shape);
                Assert.Equal([0, 1, 2, 3, 4, 5, 6, 7], file.Read("a").data<float>().ToArray());
                Assert.Equal([100, 101, 102], file.Read("b").data<float>().ToArray());
            }
        }
        catch (InvalidDataException refused)
        {
            Assert.True(group != "valid", $"{name}: {refused.Message}");
            Assert.StartsWith(path, refused.Message, StringComparison.Ordinal);
        }
    }

    [SkippableFact]
    public void Every_value_type_is_read()
    {
        Skip.IfNot(GoldenFolder.Has(Set, "files"), $"the set {Set}/files is not in {GoldenFolder.Root}");
        using var file = GgufFile.Open(GoldenFolder.Under(Set, "files", "valid_every_value_type.gguf"));
        var keys = file.Metadata;
        Assert.Equal((byte)200, keys["t.u8"]);
        Assert.Equal((sbyte)-100, keys["t.i8"]);
        Assert.Equal((ushort)60000, keys["t.u16"]);
        Assert.Equal((short)-30000, keys["t.i16"]);
        Assert.Equal(4000000000u, keys["t.u32"]);
        Assert.Equal(-2000000000, keys["t.i32"]);
        Assert.Equal(0.15625f, keys["t.f32"]);
        Assert.Equal(true, keys["t.bool"]);
        Assert.Equal("naïve 你好 🙂", keys["t.str"]);
        Assert.Equal((1UL << 63) + 5, keys["t.u64"]);
        Assert.Equal(-(1L << 62), keys["t.i64"]);
        Assert.Equal(1e300, keys["t.f64"]);
        Assert.Equal("", keys["t.empty"]);
        Assert.Equal(new byte[] { 1, 2, 255 }, keys["t.arr_u8"]);
        Assert.Equal(new[] { "a", "", "ß" }, keys["t.arr_str"]);
        Assert.Equal(new[] { 1.5f, -2 }, keys["t.arr_f32"]);
        Assert.Equal(new[] { true, false }, keys["t.arr_bool"]);
        Assert.Equal(Array.Empty<int>(), keys["t.arr_empty"]);
        Assert.Equal(new[] { -1L, 1L << 40 }, keys["t.arr_i64"]);
    }

    [SkippableTheory]
    [MemberData(nameof(Models))]
    public void Model_file_gives_the_logits_of_its_source(string name)
    {
        Skip.If(name.Length == 0, $"the set {Set}/models is not in {GoldenFolder.Root}");
        using var cases = SafeTensorsFile.Open(GoldenFolder.Under(Set, "models", name, "cases.safetensors"));
        var files = Directory.GetFiles(GoldenFolder.Under(Set, "models", name), "*.gguf").Where(f => !f.Contains("-of-", StringComparison.Ordinal) || f.Contains("-00001-of-", StringComparison.Ordinal)).Order(StringComparer.Ordinal);
        foreach (var path in files)
        {
            using (var file = GgufFile.Open(path))
            {
                var architecture = new GgufKeys(file);
                Skip.If(ModelFamilies.All.All(f => f.Gguf?.Architectures.Contains(architecture.Architecture) != true || !f.Gguf.Matches(architecture)), $"{Set}/models/{name}: architecture {architecture.Architecture} is not built");
            }

            using var scope = NewDisposeScope();
            using var model = PretrainedModel.Load(path);
            using var quiet = no_grad();
            var quantised = Path.GetFileNameWithoutExtension(path)["model".Length..].TrimStart('-');
            var key = cases.Entries.ContainsKey($"logits.dequantised.{quantised}") ? $"logits.dequantised.{quantised}" : "logits.transformers";
            var ids = cases.Read("input_ids", ScalarType.Int64).reshape(1, -1);
            var difference = (model.Model.Forward(new ForwardInput(ids)).squeeze(0) - cases.Read(key)).abs().max().item<float>();
            Assert.True(difference <= 1e-4, $"{name}/{Path.GetFileName(path)}: {key} differs by {difference:g3}");
            if (key == "logits.transformers")
            {
                var greedy = cases.Read("greedy.transformers", ScalarType.Int64).data<long>().ToArray();
                Assert.Equal(greedy, GreedyDecoder.Run(model.Model, cases.Read("input_ids", ScalarType.Int64).data<long>().ToArray(), greedy.Length));
            }
        }
    }
}
