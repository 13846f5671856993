using Studio.Training.Layers;

namespace Studio.Training.Models;

/// <summary>OLMo 2 (2024): norms after each branch and over the whole width of queries and keys.</summary>
public static class Olmo2
{
    public static ModelFamily Family { get; } = new()
    {
        Name = "olmo2",
        ModelTypes = ["olmo2"],
        ReadConfig = fields => CommonShape.Read(fields, eps: 1e-5),
        Build = Build,
        DefaultTargets = ["q_proj", "v_proj"],
        Gguf = new()
        {
            Architectures = ["olmo2"],
            Class = "Olmo2ForCausalLM",
            Matches = keys => keys.TryInt("attention.sliding_window") is null,
            Names = [.. GgufNames.Llama(secondNorm: "post_attention_norm"), new("model.layers.{n}.post_feedforward_layernorm", "blk.{n}.post_ffw_norm")],
        },
        TinyConfig = """{"model_type":"olmo2","hidden_size":32,"intermediate_size":48,"num_hidden_layers":2,"num_attention_heads":4,"num_key_value_heads":2,"vocab_size":128,"max_position_embeddings":128}""",
    };

    private static CausalLm Build(DecoderConfig config, TensorPlace place)
    {
        var rotary = config.Rotary();
        var bias = config.Fields.Bool("attention_bias", false);
        RmsNorm Norm(int features) => new(features, config.NormEps, place);
        return CommonShape.Model(config, place, _ => CommonShape.PostNormBlock(
            new Attention(CommonShape.Attention(config, rotary, bias, bias) with
            {
                QueryNorm = Norm(config.Heads * config.HeadDim),
                KeyNorm = Norm(config.KvHeads * config.HeadDim),
                NormMoment = NormMoment.WholeWidth,
            }, place),
            new GatedFeedForward(config.HiddenSize, config.InnerSize, config.Activation, place),
            Norm(config.HiddenSize), Norm(config.HiddenSize)), Norm(config.HiddenSize));
    }
}
