using Studio.Training.Layers;

namespace Studio.Training.Models;

/// <summary>nanochat (Karpathy, 2025): norms without weights, squared ReLU, rotary the other way round, capped logits.</summary>
public static class NanoChat
{
    public static ModelFamily Family { get; } = new()
    {
        Name = "nanochat",
        ModelTypes = ["nanochat"],
        ReadConfig = fields => CommonShape.Read(fields, activation: "relu2"),
        Build = Build,
        DefaultTargets = ["q_proj", "v_proj"],
        TinyConfig = """{"model_type":"nanochat","hidden_size":32,"intermediate_size":48,"num_hidden_layers":2,"num_attention_heads":4,"num_key_value_heads":2,"vocab_size":128,"max_position_embeddings":128}""",
    };

    private static CausalLm Build(DecoderConfig config, TensorPlace place)
    {
        var rotary = new RotaryEmbedding(config.Rope(), config.HeadDim, config.MaxPositions, reversed: true);
        var bias = config.Fields.Bool("attention_bias", false);
        RmsNorm Norm() => new(0, config.NormEps, place, weightless: true);
        return CommonShape.Model(config, place, _ => CommonShape.PreNormBlock(
            new Attention(CommonShape.Attention(config, rotary, bias, bias) with { QueryNorm = Norm(), KeyNorm = Norm(), NormMoment = NormMoment.AfterRotary }, place),
            new PlainFeedForward(config.HiddenSize, config.InnerSize, config.Activation, place, false, "fc1", "fc2"),
            Norm(), Norm()), Norm(), parts => parts with { EmbeddingNorm = new("", Norm()), LogitSoftCap = config.Fields.Double("final_logit_softcapping", 15) });
    }
}
