using Studio.Training.Layers;

namespace Studio.Training.Models;

/// <summary>MiniMax M2 (2025): norms over the whole width of queries and keys, partial rotary, experts chosen by corrected sigmoids.</summary>
public static class MiniMaxM2
{
    public static ModelFamily Family { get; } = new()
    {
        Name = "minimax_m2",
        ModelTypes = ["minimax_m2"],
        ReadConfig = ReadConfig,
        Build = Build,
        DefaultTargets = ["q_proj", "v_proj"],
        TinyConfig = """{"model_type":"minimax_m2","hidden_size":32,"intermediate_size":48,"num_hidden_layers":2,"num_attention_heads":4,"num_key_value_heads":2,"vocab_size":128,"max_position_embeddings":128,"num_local_experts":4,"num_experts_per_tok":2,"head_dim":16,"rotary_dim":8}""",
    };

    private static CausalLm Build(DecoderConfig config, TensorPlace place)
    {
        var fields = config.Fields;
        var rotary = config.Rotary();
        RmsNorm Norm(int features) => new(features, config.NormEps, place);
        Experts Mixture() => new(new ExpertsOptions
        {
            Hidden = config.HiddenSize,
            Count = fields.Size("num_local_experts"),
            PerToken = fields.Size("num_experts_per_tok"),
            Expert = () => new GatedFeedForward(config.HiddenSize, config.InnerSize, config.Activation, place, names: ["w1", "w3", "w2"]),
            Score = RouterScore.Sigmoid,
            CorrectionName = "e_score_correction_bias",
            Renormalise = true,
        }, place);
        return CommonShape.Model(config, place, _ => CommonShape.PreNormBlock(
            new Attention(CommonShape.Attention(config, rotary) with
            {
                QueryNorm = Norm(config.Heads * config.HeadDim),
                KeyNorm = Norm(config.KvHeads * config.HeadDim),
                NormMoment = NormMoment.WholeWidth,
            }, place),
            Mixture(), Norm(config.HiddenSize), Norm(config.HiddenSize), feedForwardName: "block_sparse_moe"), Norm(config.HiddenSize));
    }

    private static DecoderConfig ReadConfig(ConfigReader fields)
    {
        var config = CommonShape.Read(fields);
        if (fields.TryInt("rotary_dim") is { } turned && !fields.Has("rope_parameters"))
        {
            fields.Json["partial_rotary_factor"] ??= (double)turned / config.HeadDim;
        }

        return config;
    }
}
