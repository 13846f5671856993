using Studio.Training.Checkpoints;
using Studio.Training.Layers;

namespace Studio.Training.Models;

/// <summary>gpt-oss (OpenAI, 2025): attention sinks, a window on every second layer, experts with clamped gates.</summary>
public static class GptOss
{
    public static ModelFamily Family { get; } = new()
    {
        Name = "gpt_oss",
        ModelTypes = ["gpt_oss"],
        ReadConfig = fields => CommonShape.Read(fields, eps: 1e-5),
        Build = Build,
        DefaultTargets = ["q_proj", "v_proj"],
        Rename = (source, _) => new SlicedWeights(source, Stacked),
        Gradients = Gradients,
        TinyConfig = """{"model_type":"gpt_oss","hidden_size":32,"intermediate_size":48,"num_hidden_layers":2,"num_attention_heads":4,"num_key_value_heads":2,"vocab_size":128,"max_position_embeddings":128,"head_dim":16,"num_local_experts":4,"num_experts_per_tok":2,"sliding_window":8}""",
    };

    private static CausalLm Build(DecoderConfig config, TensorPlace place)
    {
        var fields = config.Fields;
        var rotary = config.Rotary();
        var types = fields.LayerTypes(config.Layers, i => i % 2 == 0 ? "sliding_attention" : "full_attention");
        var window = fields.Int("sliding_window", 128);
        var bias = fields.Bool("attention_bias", true);
        double limit = fields.Double("swiglu_limit", 7), alpha = fields.Double("swiglu_alpha", 1.702);
        RmsNorm Norm() => new(config.HiddenSize, config.NormEps, place);
        Experts Mixture() => new(new ExpertsOptions
        {
            Hidden = config.HiddenSize,
            Count = fields.Size("num_local_experts"),
            PerToken = fields.Size("num_experts_per_tok", "experts_per_token"),
            Score = RouterScore.SoftmaxOfBest,
            RouterName = "router",
            RouterBias = true,
            Expert = () => new ClampedGatedFeedForward(config.HiddenSize, config.InnerSize, limit, alpha, place),
        }, place);
        return CommonShape.Model(config, place, i => CommonShape.PreNormBlock(
            new Attention(CommonShape.Attention(config, rotary, bias, bias, CommonShape.Window(types, i, window)) with { Sinks = true }, place),
            Mixture(), Norm(), Norm()), Norm());
    }

    // All experts of a layer are one tensor: gate_up_proj and gate_up_proj_bias.
    private static string? Stacked(string before, string after) => after.EndsWith(".weight", StringComparison.Ordinal) ? $"{before}.{after[..^".weight".Length]}"
        : after.EndsWith(".bias", StringComparison.Ordinal) ? $"{before}.{after[..^".bias".Length]}_bias" : null;

    private static JoinedTensor? Gradients(string name, DecoderConfig config)
    {
        var at = name.IndexOf(".mlp.experts.", StringComparison.Ordinal);
        if (at < 0)
        {
            return null;
        }

        var tensor = name[(at + ".mlp.experts.".Length)..];
        return JoinedTensor.Experts(name[..at] + ".mlp.experts", tensor.EndsWith("_bias", StringComparison.Ordinal) ? tensor[..^"_bias".Length] + ".bias" : tensor + ".weight", config.Fields.Size("num_local_experts"));
    }
}
