using Studio.Training.Layers;

namespace Studio.Training.Models;

/// <summary>OLMoE (Muennighoff et al., 2024): Llama with experts and norms over the whole width of queries and keys.</summary>
public static class OlmoE
{
    public static ModelFamily Family { get; } = new()
    {
        Name = "olmoe",
        ModelTypes = ["olmoe"],
        ReadConfig = fields => CommonShape.Read(fields, eps: 1e-5),
        Build = Build,
        DefaultTargets = ["q_proj", "v_proj"],
        TinyConfig = """{"model_type":"olmoe","hidden_size":32,"intermediate_size":48,"num_hidden_layers":2,"num_attention_heads":4,"num_key_value_heads":2,"vocab_size":128,"max_position_embeddings":128,"num_experts":4,"num_experts_per_tok":2}""",
    };

    private static CausalLm Build(DecoderConfig config, TensorPlace place)
    {
        var fields = config.Fields;
        var rotary = config.Rotary();
        var bias = fields.Bool("attention_bias", false);
        int count = fields.Int("num_experts", 64), inner = config.InnerSize;
        RmsNorm Norm(int features) => new(features, config.NormEps, place);
        Experts Mixture() => new(new ExpertsOptions
        {
            Hidden = config.HiddenSize,
            Count = count,
            PerToken = fields.Int("num_experts_per_tok", 8),
            Renormalise = fields.Bool("norm_topk_prob", false),
            Expert = () => new GatedFeedForward(config.HiddenSize, inner, config.Activation, place),
        }, place);
        return CommonShape.Model(config, place, _ => CommonShape.PreNormBlock(
            new Attention(CommonShape.Attention(config, rotary, bias, bias) with
            {
                QueryNorm = Norm(config.Heads * config.HeadDim),
                KeyNorm = Norm(config.KvHeads * config.HeadDim),
                NormMoment = NormMoment.WholeWidth,
                ClipAfterNorm = true,
                Clip = fields.Double("clip_qkv", 0),
            }, place), Mixture(), Norm(config.HiddenSize), Norm(config.HiddenSize)), Norm(config.HiddenSize));
    }
}
