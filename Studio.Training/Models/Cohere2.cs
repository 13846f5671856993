using Studio.Training.Layers;

namespace Studio.Training.Models;

/// <summary>Command R7B and A (Cohere, 2024): Cohere with windows and rotary on most layers, and full layers without positions.</summary>
public static class Cohere2
{
    public static ModelFamily Family { get; } = new()
    {
        Name = "cohere2",
        ModelTypes = ["cohere2"],
        ReadConfig = fields => CommonShape.Read(fields, tied: true, eps: 1e-5, epsName: "layer_norm_eps"),
        Build = Build,
        DefaultTargets = ["q_proj", "v_proj"],
        Gguf = new()
        {
            Architectures = ["cohere2"],
            Class = "Cohere2ForCausalLM",
            Names = GgufNames.Llama(),
            Config = (keys, config) => config["logit_scale"] = keys.TryNumber("logit_scale") ?? 0.0625,
        },
        TinyConfig = """{"model_type":"cohere2","hidden_size":32,"intermediate_size":48,"num_hidden_layers":2,"num_attention_heads":4,"num_key_value_heads":2,"vocab_size":128,"max_position_embeddings":128,"sliding_window":8,"layer_types":["sliding_attention","full_attention"]}""",
    };

    private static CausalLm Build(DecoderConfig config, TensorPlace place)
    {
        var fields = config.Fields;
        var rotary = config.Rotary(RotaryStyle.Interleaved);
        var types = fields.LayerTypes(config.Layers, i => (i + 1) % fields.Int("sliding_window_pattern", 4) == 0 ? "full_attention" : "sliding_attention");
        var window = fields.Int("sliding_window", 4096);
        var bias = fields.Bool("attention_bias", false);
        LayerNorm Norm() => new(config.HiddenSize, config.NormEps, place, bias: false);
        return CommonShape.Model(config, place, i => CommonShape.ParallelBlock(
            new("self_attn", new Attention(CommonShape.Attention(config, types[i] == "sliding_attention" ? rotary : null, bias, bias, CommonShape.Window(types, i, window)), place)),
            new("mlp", new GatedFeedForward(config.HiddenSize, config.InnerSize, config.Activation, place)),
            new("input_layernorm", Norm())), Norm(), parts => parts with { LogitScale = fields.Double("logit_scale", 0.0625) });
    }
}
