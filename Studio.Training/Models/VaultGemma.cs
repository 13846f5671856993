using Studio.Training.Layers;
using Part = Studio.Training.Layers.Named<TorchSharp.torch.nn.Module<TorchSharp.torch.Tensor, TorchSharp.torch.Tensor>>;

namespace Studio.Training.Models;

/// <summary>VaultGemma (2025): Gemma 2 with only the norms before each branch.</summary>
public static class VaultGemma
{
    public static ModelFamily Family { get; } = new()
    {
        Name = "vaultgemma",
        ModelTypes = ["vaultgemma"],
        ReadConfig = fields => CommonShape.Read(fields, tied: true, activation: "gelu_pytorch_tanh") is var config && fields.Has("head_dim") ? config : config with { HeadDim = 256 },
        Build = Build,
        DefaultTargets = ["q_proj", "v_proj"],
        TinyConfig = """{"model_type":"vaultgemma","hidden_size":32,"intermediate_size":48,"num_hidden_layers":2,"num_attention_heads":4,"num_key_value_heads":2,"vocab_size":128,"max_position_embeddings":128,"head_dim":16,"query_pre_attn_scalar":16,"sliding_window":8}""",
    };

    private static CausalLm Build(DecoderConfig config, TensorPlace place)
    {
        var fields = config.Fields;
        var rotary = config.Rotary();
        var types = fields.LayerTypes(config.Layers, i => i % 2 == 0 ? "sliding_attention" : "full_attention");
        var window = fields.TryInt("sliding_window");
        var bias = fields.Bool("attention_bias", false);
        Part Norm(string name) => new(name, new RmsNorm(config.HiddenSize, config.NormEps, place, addOne: true));
        return CommonShape.Model(config, place, i => new DecoderBlock(new BlockParts
        {
            MixerNorm = Norm("input_layernorm"),
            Mixer = new("self_attn", new Attention(CommonShape.Attention(config, rotary, bias, bias, CommonShape.Window(types, i, window)) with
            {
                Scale = Math.Pow(fields.Double("query_pre_attn_scalar", 256), -0.5),
                SoftCap = Gemma2.SoftCap(fields, "attn_logit_softcapping", 50),
            }, place)),
            FeedForwardNorm = Norm("pre_feedforward_layernorm"),
            FeedForward = new("mlp", new GatedFeedForward(config.HiddenSize, config.InnerSize, config.Activation, place)),
        }), Norm("").Module, parts => parts with { EmbeddingScale = Math.Sqrt(config.HiddenSize), LogitSoftCap = Gemma2.SoftCap(fields, "final_logit_softcapping", 30) });
    }
}
