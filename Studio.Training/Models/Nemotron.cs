using Studio.Training.Layers;

namespace Studio.Training.Models;

/// <summary>Nemotron 4 and Minitron (2024): layer norms that multiply by 1 + weight, squared ReLU, partial rotary.</summary>
public static class Nemotron
{
    public static ModelFamily Family { get; } = new()
    {
        Name = "nemotron",
        ModelTypes = ["nemotron"],
        ReadConfig = fields => CommonShape.Read(fields, activation: "relu2", eps: 1e-5, epsName: "norm_eps"),
        Build = Build,
        DefaultTargets = ["q_proj", "v_proj"],
        Gguf = new()
        {
            Architectures = ["nemotron"],
            Class = "NemotronForCausalLM",
            Names =
            [
                .. GgufNames.LayerNormsMinusOne("model.norm", "output_norm"),
                .. GgufNames.LayerNormsMinusOne("model.layers.{n}.input_layernorm", "blk.{n}.attn_norm"),
                .. GgufNames.LayerNormsMinusOne("model.layers.{n}.post_attention_layernorm", "blk.{n}.ffn_norm"),
                .. GgufNames.Llama(),
            ],
            Config = (keys, config) =>
            {
                config["norm_eps"] = config["layer_norm_eps"]?.DeepClone();
                config["partial_rotary_factor"] = (double)(keys.TryInt("rope.dimension_count") ?? config["head_dim"]!.GetValue<int>()) / config["head_dim"]!.GetValue<int>();
            },
        },
        TinyConfig = """{"model_type":"nemotron","hidden_size":32,"intermediate_size":48,"num_hidden_layers":2,"num_attention_heads":4,"num_key_value_heads":2,"vocab_size":128,"max_position_embeddings":128,"head_dim":16}""",
    };

    private static CausalLm Build(DecoderConfig config, TensorPlace place)
    {
        var rotary = config.Rotary(partial: 0.5);
        bool bias = config.Fields.Bool("attention_bias", false), innerBias = config.Fields.Bool("mlp_bias", false);
        LayerNorm Norm() => new(config.HiddenSize, config.NormEps, place, addOne: true);
        return CommonShape.Model(config, place, _ => CommonShape.PreNormBlock(
            new Attention(CommonShape.Attention(config, rotary, bias, bias), place),
            new PlainFeedForward(config.HiddenSize, config.InnerSize, config.Activation, place, innerBias, "up_proj", "down_proj"),
            Norm(), Norm()), Norm());
    }
}
