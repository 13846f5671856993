using Studio.Training.Layers;

namespace Studio.Training.Models;

/// <summary>Phi 1 to 2 (2023): attention and feed-forward side by side on one layer norm, partial rotary, biases everywhere.</summary>
public static class Phi
{
    public static ModelFamily Family { get; } = new()
    {
        Name = "phi",
        ModelTypes = ["phi"],
        ReadConfig = fields => CommonShape.Read(fields, activation: "gelu_new", eps: 1e-5, epsName: "layer_norm_eps"),
        Build = Build,
        DefaultTargets = ["q_proj", "v_proj"],
        Gguf = new()
        {
            Architectures = ["phi2"],
            Class = "PhiForCausalLM",
            Names =
            [
                .. GgufNames.Llama(),
                new("model.final_layernorm", "output_norm"),
                new("model.layers.{n}.self_attn.dense", "blk.{n}.attn_output"),
                new("model.layers.{n}.mlp.fc1", "blk.{n}.ffn_up"),
                new("model.layers.{n}.mlp.fc2", "blk.{n}.ffn_down"),
            ],
            Config = (keys, config) => config["partial_rotary_factor"] = (double)(keys.TryInt("rope.dimension_count") ?? config["head_dim"]!.GetValue<int>()) / config["head_dim"]!.GetValue<int>(),
        },
        TinyConfig = """{"model_type":"phi","hidden_size":32,"intermediate_size":48,"num_hidden_layers":2,"num_attention_heads":4,"num_key_value_heads":2,"vocab_size":128,"max_position_embeddings":128}""",
    };

    private static CausalLm Build(DecoderConfig config, TensorPlace place)
    {
        var rotary = config.Rotary(partial: 0.5);
        var normed = config.Fields.Bool("qk_layernorm", false);
        LayerNorm Norm(int features) => new(features, config.NormEps, place);
        return CommonShape.Model(config, place, _ => CommonShape.ParallelBlock(
            new("self_attn", new Attention(CommonShape.Attention(config, rotary, true, true) with
            {
                OutputName = "dense",
                QueryNorm = normed ? Norm(config.HeadDim) : null,
                KeyNorm = normed ? Norm(config.HeadDim) : null,
                QueryNormName = "q_layernorm",
                KeyNormName = "k_layernorm",
            }, place)),
            new("mlp", new PlainFeedForward(config.HiddenSize, config.InnerSize, config.Activation, place, true, "fc1", "fc2")),
            new("input_layernorm", Norm(config.HiddenSize))), Norm(config.HiddenSize), finalNormName: "model.final_layernorm", headBias: true);
    }
}
