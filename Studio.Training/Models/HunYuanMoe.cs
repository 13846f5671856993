using Studio.Training.Layers;

namespace Studio.Training.Models;

/// <summary>Hunyuan mixtures (Tencent, 2025): the dense model with experts and a shared branch.</summary>
public static class HunYuanMoe
{
    public static ModelFamily Family { get; } = new()
    {
        Name = "hunyuan_v1_moe",
        ModelTypes = ["hunyuan_v1_moe"],
        ReadConfig = fields => CommonShape.Read(fields, eps: 1e-5),
        Build = Build,
        DefaultTargets = ["q_proj", "v_proj"],
        TinyConfig = """{"model_type":"hunyuan_v1_moe","hidden_size":32,"intermediate_size":48,"num_hidden_layers":2,"num_attention_heads":4,"num_key_value_heads":2,"vocab_size":128,"max_position_embeddings":128,"head_dim":16,"num_experts":4,"moe_topk":2}""",
    };

    private static CausalLm Build(DecoderConfig config, TensorPlace place)
    {
        var fields = config.Fields;
        var rotary = config.Rotary();
        var bias = fields.Bool("attention_bias", false);
        RmsNorm Norm(int features) => new(features, config.NormEps, place);
        GatedFeedForward Inner() => new(config.HiddenSize, config.InnerSize, config.Activation, place);
        int One(string name, int otherwise) => fields.TryNumbersOrOne(name)?.FirstOrDefault() is { } number ? (int)number : otherwise;
        Experts Mixture() => new(new ExpertsOptions
        {
            Hidden = config.HiddenSize,
            Count = One("num_experts", 1),
            PerToken = One("moe_topk", 1),
            Renormalise = true,
            WideRouter = true,
            RouterName = "gate.wg",
            Expert = Inner,
            Shared = Inner(),
            SharedName = "shared_mlp",
        }, place);
        return CommonShape.Model(config, place, _ => CommonShape.PreNormBlock(
            new Attention(CommonShape.Attention(config, rotary, bias, bias) with
            {
                QueryNorm = Norm(config.HeadDim),
                KeyNorm = Norm(config.HeadDim),
                QueryNormName = "query_layernorm",
                KeyNormName = "key_layernorm",
                NormMoment = NormMoment.AfterRotary,
            }, place),
            Mixture(), Norm(config.HiddenSize), Norm(config.HiddenSize)), Norm(config.HiddenSize));
    }
}
