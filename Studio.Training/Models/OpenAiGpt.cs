using Studio.Training.Layers;
using Part = Studio.Training.Layers.Named<TorchSharp.torch.nn.Module<TorchSharp.torch.Tensor, TorchSharp.torch.Tensor>>;

namespace Studio.Training.Models;

/// <summary>GPT-1 (Radford et al., 2018): norms after the residuals, no final norm.</summary>
public static class OpenAiGpt
{
    public static ModelFamily Family { get; } = new()
    {
        Name = "openai-gpt",
        ModelTypes = ["openai-gpt"],
        ReadConfig = fields => CommonShape.Read(fields, tied: true, eps: 1e-5, epsName: "layer_norm_epsilon", innerNames: []) with { Activation = fields.Text("afn", "gelu") is "gelu" or "gelu_new" ? "gelu_new" : fields.Text("afn", "gelu") },
        Build = Build,
        BasePrefix = "transformer",
        DefaultTargets = ["c_attn"],
        TinyConfig = """{"model_type":"openai-gpt","n_embd":32,"n_layer":2,"n_head":4,"vocab_size":128,"n_positions":128}""",
    };

    private static CausalLm Build(DecoderConfig config, TensorPlace place)
    {
        Part Norm(string name) => new(name, new LayerNorm(config.HiddenSize, config.NormEps, place));
        DecoderBlock Block(int layer) => new(new BlockParts
        {
            Mixer = new("attn", new Attention(CommonShape.Attention(config, null, true, true) with
            {
                Layout = ProjectionLayout.Blocks,
                InputNames = ["c_attn"],
                OutputName = "c_proj",
                Transposed = true,
            }, place)),
            MixerResidualNorm = Norm("ln_1"),
            FeedForward = new("mlp", new PlainFeedForward(config.HiddenSize, config.InnerSize, config.Activation, place, true, "c_fc", "c_proj", transposed: true)),
            FeedForwardResidualNorm = Norm("ln_2"),
        });
        return CommonShape.Model(config, place, Block, null, parts => parts with
        {
            Embedding = new("transformer.tokens_embed", parts.Embedding.Module),
            Positions = new("transformer.positions_embed", new TokenEmbedding(config.MaxPositions, config.HiddenSize, place)),
            BlocksPath = "transformer.h",
        });
    }
}
