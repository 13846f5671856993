using Studio.Training.Layers;

namespace Studio.Training.Models;

/// <summary>Hunyuan dense models (Tencent, 2025): Llama with norms on query and key heads after rotary.</summary>
public static class HunYuanDense
{
    public static ModelFamily Family { get; } = new()
    {
        Name = "hunyuan_v1_dense",
        ModelTypes = ["hunyuan_v1_dense"],
        ReadConfig = fields => CommonShape.Read(fields, eps: 1e-5),
        Build = Build,
        DefaultTargets = ["q_proj", "v_proj"],
        TinyConfig = """{"model_type":"hunyuan_v1_dense","hidden_size":32,"intermediate_size":48,"num_hidden_layers":2,"num_attention_heads":4,"num_key_value_heads":2,"vocab_size":128,"max_position_embeddings":128,"head_dim":16}""",
    };

    private static CausalLm Build(DecoderConfig config, TensorPlace place)
    {
        var rotary = config.Rotary();
        var bias = config.Fields.Bool("attention_bias", false);
        RmsNorm Norm(int features) => new(features, config.NormEps, place);
        return CommonShape.Model(config, place, _ => CommonShape.PreNormBlock(
            new Attention(CommonShape.Attention(config, rotary, bias, bias) with
            {
                QueryNorm = Norm(config.HeadDim),
                KeyNorm = Norm(config.HeadDim),
                QueryNormName = "query_layernorm",
                KeyNormName = "key_layernorm",
                NormMoment = NormMoment.AfterRotary,
            }, place),
            new GatedFeedForward(config.HiddenSize, config.InnerSize, config.Activation, place),
            Norm(config.HiddenSize), Norm(config.HiddenSize)), Norm(config.HiddenSize));
    }
}
