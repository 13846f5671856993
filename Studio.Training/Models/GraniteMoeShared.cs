using Studio.Training.Checkpoints;
using static TorchSharp.torch;
using Studio.Training.Layers;

namespace Studio.Training.Models;

/// <summary>Granite mixtures with a branch that every token takes (IBM, 2025).</summary>
public static class GraniteMoeShared
{
    public static ModelFamily Family { get; } = new()
    {
        Name = "granitemoeshared",
        ModelTypes = ["granitemoeshared"],
        ReadConfig = fields => CommonShape.Read(fields),
        Build = Build,
        DefaultTargets = ["q_proj", "v_proj"],
        Rename = (source, _) => new SlicedWeights(source, GraniteMoe.Stacked),
        Gradients = GraniteMoe.Gradients,
        TinyConfig = """{"model_type":"granitemoeshared","hidden_size":32,"intermediate_size":48,"num_hidden_layers":2,"num_attention_heads":4,"num_key_value_heads":2,"vocab_size":128,"max_position_embeddings":128,"num_local_experts":4,"num_experts_per_tok":2,"shared_intermediate_size":24}""",
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
        var shared = fields.Int("shared_intermediate_size", 0);
        return CommonShape.Model(config, place, _ =>
        {
            nn.Module<Tensor, Tensor> experts = Mixture();
            var both = shared > 0 ? new SummedFeedForward(("block_sparse_moe", experts), ("shared_mlp", new FusedGatedFeedForward(config.HiddenSize, shared, config.Activation, place, bothName: "input_linear", downName: "output_linear"))) : experts;
            return CommonShape.PreNormBlock(
                new Attention(CommonShape.Attention(config, rotary, bias, bias) with { Scale = fields.Double("attention_multiplier", 1) }, place),
                both, Norm(), Norm(), fields.Double("residual_multiplier", 1), shared > 0 ? "" : "block_sparse_moe");
        }, Norm(), parts => parts with { EmbeddingScale = fields.Double("embedding_multiplier", 1), LogitScale = 1 / fields.Double("logits_scaling", 1) });
    }
}
