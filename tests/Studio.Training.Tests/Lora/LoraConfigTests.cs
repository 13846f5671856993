using System.Text.Json.Nodes;
using Studio.Training.Lora;

namespace Studio.Training.Tests.Lora;

public sealed class LoraConfigTests
{
    [Fact]
    public void Missing_keys_take_the_defaults_of_PEFT_and_unknown_ones_survive()
    {
        var config = LoraConfig.Read(JsonNode.Parse("""{"peft_type":"LORA","r":4,"target_modules":["q_proj"],"future_option":{"deep":[1]}}""")!.AsObject());
        Assert.Equal((4, 8.0, 0.0), (config.R, config.Alpha, config.Dropout));
        Assert.Equal(["future_option"], config.UnknownKeys);
        var written = config.Write();
        Assert.Equal("""{"deep":[1]}""", written["future_option"]!.ToJsonString());
        Assert.Equal(written.Select(p => p.Key).Order(StringComparer.Ordinal), written.Select(p => p.Key));
    }

    [Theory]
    [InlineData("""["q_proj"]""", "model.layers.0.self_attn.q_proj", true)]
    [InlineData("""["q_proj"]""", "model.layers.0.self_attn.xq_proj", false)]
    [InlineData("""["self_attn.q_proj"]""", "model.layers.0.self_attn.q_proj", true)]
    [InlineData("""["model.layers.0.self_attn.q_proj"]""", "model.layers.1.self_attn.q_proj", false)]
    [InlineData("\".*attn.*\"", "model.layers.0.self_attn.q_proj", true)]
    [InlineData("\"attn\"", "model.layers.0.self_attn.q_proj", false)]
    [InlineData("\"all-linear\"", "model.layers.0.mlp.up_proj", true)]
    public void A_module_matches_by_suffix_or_by_the_whole_expression(string targets, string module, bool expected)
    {
        var config = new LoraConfig();
        Assert.Equal(expected, config.Adapts(module, ModuleMatch.Read(JsonNode.Parse(targets), "target_modules")!, isHead: false));
    }

    [Fact]
    public void The_head_is_only_adapted_by_name()
    {
        var config = new LoraConfig();
        Assert.False(config.Adapts("lm_head", ModuleMatch.Of("all-linear"), isHead: true));
        Assert.True(config.Adapts("lm_head", ModuleMatch.Of("lm_head"), isHead: true));
    }

    [Theory]
    [InlineData("""{"peft_type":"IA3"}""", "IA3")]
    [InlineData("""{"peft_type":"LORA","bias":"some"}""", "bias is")]
    [InlineData("""{"peft_type":"LORA","target_parameters":["mlp.experts.down_proj"]}""", "target_parameters")]
    [InlineData("""{"peft_type":"LORA","r":0}""", "rank of 0")]
    [InlineData("""{"peft_type":"LORA","target_modules":"("}""", "not valid")]
    [InlineData("""{"peft_type":"LORA","init_lora_weights":"pissa"}""", "pissa")]
    public void What_cannot_be_computed_is_refused_by_name(string json, string reason) =>
        Assert.Contains(reason, Assert.Throws<AdapterException>(() => LoraConfig.Read(JsonNode.Parse(json)!.AsObject())).Message, StringComparison.Ordinal);

    [Fact]
    public void The_first_pattern_that_matches_decides_rank_and_alpha()
    {
        var config = LoraConfig.Read(JsonNode.Parse("""{"peft_type":"LORA","r":8,"lora_alpha":16,"rank_pattern":{"q_proj":2},"alpha_pattern":{"layers.0.self_attn.q_proj":4,"q_proj":32}}""")!.AsObject());
        Assert.Equal(2, config.ScaleOf("model.layers.0.self_attn.q_proj"));
        Assert.Equal(16, config.ScaleOf("model.layers.1.self_attn.q_proj"));
        Assert.Equal(2, config.ScaleOf("model.layers.1.self_attn.v_proj"));
    }
}
