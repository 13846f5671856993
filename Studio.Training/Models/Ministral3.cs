using Studio.Training.Native;
using static TorchSharp.torch;
using Studio.Training.Layers;

namespace Studio.Training.Models;

/// <summary>Ministral 3 (2025): Mistral whose queries grow with the position beyond the original context.</summary>
public static class Ministral3
{
    public static ModelFamily Family { get; } = new()
    {
        Name = "ministral3",
        ModelTypes = ["ministral3"],
        ReadConfig = fields => CommonShape.Read(fields, eps: 1e-5),
        Build = Build,
        DefaultTargets = ["q_proj", "v_proj"],
        TinyConfig = """{"model_type":"ministral3","hidden_size":32,"intermediate_size":48,"num_hidden_layers":2,"num_attention_heads":4,"num_key_value_heads":2,"vocab_size":128,"max_position_embeddings":128}""",
    };

    private static CausalLm Build(DecoderConfig config, TensorPlace place)
    {
        var rotary = config.Rotary();
        var window = config.Fields.TryInt("sliding_window");
        var (beta, original) = (rotary.Settings.LlamaScalingBeta, rotary.Settings.OriginalMaxPositions ?? config.MaxPositions);
        Tensor Grown(Tensor positions) => positions.div(Scalars.Of((long)original), RoundingMode.floor).to_type(ScalarType.Float32).log1p().mul(Scalars.Of(beta)).add(Scalars.One).unsqueeze(-1).unsqueeze(-1);
        RmsNorm Norm() => new(config.HiddenSize, config.NormEps, place);
        return CommonShape.Model(config, place, _ => CommonShape.PreNormBlock(
            new Attention(CommonShape.Attention(config, rotary, window: window) with { QueryScale = beta == 0 ? null : Grown }, place),
            new GatedFeedForward(config.HiddenSize, config.InnerSize, config.Activation, place),
            Norm(), Norm()), Norm());
    }
}
