using Studio.Training.Checkpoints;
using Studio.Training.Layers;

namespace Studio.Training.Models;

/// <summary>Granite mixtures (IBM, 2024): Granite with experts.</summary>
public static class GraniteMoe
{
    public static ModelFamily Family { get; } = new()
    {
        Name = "granitemoe",
        ModelTypes = ["granitemoe"],
        ReadConfig = fields => CommonShape.Read(fields),
        Build = Build,
        DefaultTargets = ["q_proj", "v_proj"],
        Rename = (source, _) => new SlicedWeights(source, Stacked),
        Gradients = Gradients,
        TinyConfig = """{"model_type":"granitemoe","hidden_size":32,"intermediate_size":48,"num_hidden_layers":2,"num_attention_heads":4,"num_key_value_heads":2,"vocab_size":128,"max_position_embeddings":128,"num_local_experts":4,"num_experts_per_tok":2}""",
    };

    private static CausalLm Build(DecoderConfig config, TensorPlace place)
    {
        var fields = config.Fields;
        var rotary = config.Rotary();
        var bias = fields.Bool("attention_bias", false);
        RmsNorm Norm() => new(config.HiddenSize, config.NormEps, place);
        Experts Mixture() => new(new ExpertsOptions
        {
            Hidden = config.HiddenSize,
            Count = fields.Size("num_local_experts"),
            PerToken = fields.Size("num_experts_per_tok"),
            Score = RouterScore.SoftmaxOfBest,
            RouterName = "router.layer",
            Expert = () => new FusedGatedFeedForward(config.HiddenSize, config.InnerSize, config.Activation, place, bothName: "input_linear", downName: "output_linear"),
        }, place);
        return CommonShape.Model(config, place, _ => CommonShape.PreNormBlock(
            new Attention(CommonShape.Attention(config, rotary, bias, bias) with { Scale = fields.Double("attention_multiplier", 1) }, place),
            Mixture(), Norm(), Norm(), fields.Double("residual_multiplier", 1), "block_sparse_moe"), Norm(),
            parts => parts with { EmbeddingScale = fields.Double("embedding_multiplier", 1), LogitScale = 1 / fields.Double("logits_scaling", 1) });
    }

    internal static string? Stacked(string before, string after) => after switch
    {
        "input_linear.weight" => before[..^".experts".Length] + ".input_linear.weight",
        "output_linear.weight" => before[..^".experts".Length] + ".output_linear.weight",
        _ => null,
    };

    internal static JoinedTensor? Gradients(string name, DecoderConfig config)
    {
        foreach (var part in (string[])[".input_linear.weight", ".output_linear.weight"])
        {
            if (name.EndsWith(".block_sparse_moe" + part, StringComparison.Ordinal))
            {
                return JoinedTensor.Experts(name[..^part.Length] + ".experts", part[1..], config.Fields.Size("num_local_experts"));
            }
        }

        return null;
    }
}
