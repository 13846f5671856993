using Studio.Training.Layers;

namespace Studio.Training.Models;

/// <summary>dots.llm1 (2025): Qwen 3 attention with the experts of DeepSeek V3.</summary>
public static class Dots1
{
    public static ModelFamily Family { get; } = new()
    {
        Name = "dots1",
        ModelTypes = ["dots1"],
        ReadConfig = fields => CommonShape.Read(fields),
        Build = Build,
        DefaultTargets = ["q_proj", "v_proj"],
        TinyConfig = """{"model_type":"dots1","hidden_size":32,"intermediate_size":48,"num_hidden_layers":2,"num_attention_heads":4,"num_key_value_heads":2,"vocab_size":128,"max_position_embeddings":128,"n_routed_experts":4,"num_experts_per_tok":2,"n_shared_experts":1,"moe_intermediate_size":24,"first_k_dense_replace":1,"n_group":2,"topk_group":1}""",
    };

    private static CausalLm Build(DecoderConfig config, TensorPlace place)
    {
        var rotary = config.Rotary();
        var window = config.Fields.TryInt("sliding_window");
        var first = config.Fields.Int("max_window_layers", 62);
        var types = config.Fields.LayerTypes(config.Layers, i => window is not null && i >= first ? "sliding_attention" : "full_attention");
        var bias = config.Fields.Bool("attention_bias", false);
        RmsNorm Norm(int features) => new(features, config.NormEps, place);
        return CommonShape.Model(config, place, i => CommonShape.PreNormBlock(
            new Attention(CommonShape.Attention(config, rotary, bias, bias, CommonShape.Window(types, i, window)) with { QueryNorm = Norm(config.HeadDim), KeyNorm = Norm(config.HeadDim) }, place),
            DeepSeekParts.FeedForward(config, place, i, () => DeepSeekParts.CorrectedExperts(config, place)), Norm(config.HiddenSize), Norm(config.HiddenSize)), Norm(config.HiddenSize));
    }
}
