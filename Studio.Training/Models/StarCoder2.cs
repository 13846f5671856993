using Studio.Training.Layers;

namespace Studio.Training.Models;

/// <summary>StarCoder 2 (Lozhkov et al., 2024): layer norms, biases and a plain feed-forward with grouped keys and a window.</summary>
public static class StarCoder2
{
    public static ModelFamily Family { get; } = new()
    {
        Name = "starcoder2",
        ModelTypes = ["starcoder2"],
        ReadConfig = fields => CommonShape.Read(fields, tied: true, activation: "gelu_pytorch_tanh", eps: 1e-5, epsName: "norm_epsilon"),
        Build = Build,
        DefaultTargets = ["q_proj", "v_proj"],
        Gguf = new()
        {
            Architectures = ["starcoder2"],
            Class = "Starcoder2ForCausalLM",
            Names = [.. GgufNames.Llama(), new("model.layers.{n}.mlp.c_fc", "blk.{n}.ffn_up"), new("model.layers.{n}.mlp.c_proj", "blk.{n}.ffn_down")],
            Config = (_, config) => config["norm_epsilon"] = config["layer_norm_eps"]?.DeepClone(),
        },
        TinyConfig = """{"model_type":"starcoder2","hidden_size":32,"intermediate_size":48,"num_hidden_layers":2,"num_attention_heads":4,"num_key_value_heads":2,"vocab_size":128,"max_position_embeddings":128}""",
    };

    private static CausalLm Build(DecoderConfig config, TensorPlace place)
    {
        var rotary = config.Rotary();
        var bias = config.Fields.Bool("use_bias", true);
        var window = config.Fields.TryInt("sliding_window");
        LayerNorm Norm() => new(config.HiddenSize, config.NormEps, place);
        return CommonShape.Model(config, place, _ => CommonShape.PreNormBlock(
            new Attention(CommonShape.Attention(config, rotary, bias, bias, window), place),
            new PlainFeedForward(config.HiddenSize, config.InnerSize, config.Activation, place, bias, "c_fc", "c_proj"),
            Norm(), Norm()), Norm());
    }
}
