using Studio.Training.Layers;
using Part = Studio.Training.Layers.Named<TorchSharp.torch.nn.Module<TorchSharp.torch.Tensor, TorchSharp.torch.Tensor>>;

namespace Studio.Training.Models;

/// <summary>Apertus (Swiss AI, 2025): norms on query and key heads and a plain feed-forward with a learned activation.</summary>
public static class Apertus
{
    public static ModelFamily Family { get; } = new()
    {
        Name = "apertus",
        ModelTypes = ["apertus"],
        ReadConfig = fields => CommonShape.Read(fields, eps: 1e-5),
        Build = Build,
        DefaultTargets = ["q_proj", "v_proj"],
        TinyConfig = """{"model_type":"apertus","hidden_size":32,"intermediate_size":48,"num_hidden_layers":2,"num_attention_heads":4,"num_key_value_heads":2,"vocab_size":128,"max_position_embeddings":128}""",
    };

    private static CausalLm Build(DecoderConfig config, TensorPlace place)
    {
        var rotary = config.Rotary();
        var bias = config.Fields.Bool("attention_bias", false);
        RmsNorm Norm(int features) => new(features, config.NormEps, place);
        return CommonShape.Model(config, place, _ => new DecoderBlock(new BlockParts
        {
            MixerNorm = new Part("attention_layernorm", Norm(config.HiddenSize)),
            Mixer = new("self_attn", new Attention(CommonShape.Attention(config, rotary, bias, bias) with { QueryNorm = Norm(config.HeadDim), KeyNorm = Norm(config.HeadDim) }, place)),
            FeedForwardNorm = new Part("feedforward_layernorm", Norm(config.HiddenSize)),
            FeedForward = new Part("mlp", new XieluFeedForward(config.HiddenSize, config.InnerSize, config.Fields.Bool("mlp_bias", false), place)),
        }), Norm(config.HiddenSize));
    }
}
