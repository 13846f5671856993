using Studio.Training.Layers;
using static TorchSharp.torch;

namespace Studio.Training.Models;

/// <summary>What the families around DeepSeek share: latent attention and experts with shared ones and groups.</summary>
internal static class DeepSeekParts
{
    /// <summary>Latent attention as config.json describes it.</summary>
    public static LatentAttention Attention(DecoderConfig config, RotaryEmbedding rotary, TensorPlace place)
    {
        var fields = config.Fields;
        int plain = fields.Size("qk_nope_head_dim"), turned = fields.Size("qk_rope_head_dim");
        var scale = Math.Pow(plain + turned, -0.5);
        var settings = rotary.Settings;
        if (settings.Type == "yarn" && settings.MscaleAllDim != 0 && settings.Factor > 1)
        {
            scale *= Math.Pow(0.1 * settings.MscaleAllDim * Math.Log(settings.Factor) + 1, 2);
        }

        return new LatentAttention(new LatentAttentionOptions
        {
            Hidden = config.HiddenSize,
            Heads = config.Heads,
            QueryRank = fields.TryInt("q_lora_rank"),
            KeyValueRank = fields.Size("kv_lora_rank"),
            PlainDim = plain,
            ValueDim = fields.Size("v_head_dim"),
            Rotary = rotary,
            Scale = scale,
            Bias = fields.Bool("attention_bias", false),
        }, place);
    }

    /// <summary>The rotary part of each head.</summary>
    public static RotaryEmbedding Rotary(DecoderConfig config, RotaryStyle style) => config.Rotary(style, config.Fields.Size("qk_rope_head_dim"));

    /// <summary>Experts chosen by sigmoids with a correction, in groups judged by their two best, beside shared ones.</summary>
    public static Experts CorrectedExperts(DecoderConfig config, TensorPlace place)
    {
        var fields = config.Fields;
        int inner = fields.Size("moe_intermediate_size"), shared = fields.Int("n_shared_experts", 0);
        return new Experts(new ExpertsOptions
        {
            Hidden = config.HiddenSize,
            Count = fields.Size("n_routed_experts"),
            PerToken = fields.Size("num_experts_per_tok"),
            Expert = () => new GatedFeedForward(config.HiddenSize, inner, config.Activation, place),
            Score = RouterScore.Sigmoid,
            CorrectionName = "gate.e_score_correction_bias",
            Groups = fields.Int("n_group", 1),
            GroupsPerToken = fields.Int("topk_group", 1),
            GroupByTwoBest = true,
            Renormalise = fields.Bool("norm_topk_prob", true),
            RenormaliseEps = 1e-20,
            Scale = fields.Double("routed_scaling_factor", 1),
            WideRouter = true,
            Shared = shared > 0 ? new GatedFeedForward(config.HiddenSize, (long)inner * shared, config.Activation, place) : null,
        }, place);
    }

    /// <summary>A dense feed-forward on the first layers, experts on the others.</summary>
    public static nn.Module<Tensor, Tensor> FeedForward(DecoderConfig config, TensorPlace place, int layer, Func<Experts> experts, bool bias = false) =>
        layer < config.Fields.Int("first_k_dense_replace", 0) ? new GatedFeedForward(config.HiddenSize, config.InnerSize, config.Activation, place, bias) : experts();
}
