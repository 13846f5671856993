using Studio.Training.Layers;
using Part = Studio.Training.Layers.Named<TorchSharp.torch.nn.Module<TorchSharp.torch.Tensor, TorchSharp.torch.Tensor>>;

namespace Studio.Training.Models;

/// <summary>BioGPT (Luo et al., 2022): learned positions with an offset of 2, scaled embeddings, biases everywhere.</summary>
public static class BioGpt
{
    public static ModelFamily Family { get; } = new()
    {
        Name = "biogpt",
        ModelTypes = ["biogpt"],
        ReadConfig = fields => CommonShape.Read(fields, tied: true, activation: "gelu", eps: 1e-12, epsName: "layer_norm_eps") with { NormEps = 1e-5 },
        Build = Build,
        BasePrefix = "biogpt",
        DefaultTargets = ["q_proj", "v_proj"],
        TinyConfig = """{"model_type":"biogpt","hidden_size":32,"intermediate_size":48,"num_hidden_layers":2,"num_attention_heads":4,"vocab_size":128,"max_position_embeddings":128}""",
    };

    private static CausalLm Build(DecoderConfig config, TensorPlace place)
    {
        var fields = config.Fields;
        Part Norm(string name) => new(name, new LayerNorm(config.HiddenSize, config.NormEps, place));
        DecoderBlock Block(int layer) => new(new BlockParts
        {
            MixerNorm = Norm("self_attn_layer_norm"),
            Mixer = new("self_attn", new Attention(CommonShape.Attention(config, null, true, true) with { OutputName = "out_proj" }, place)),
            FeedForwardNorm = Norm("final_layer_norm"),
            FeedForward = new("", new PlainFeedForward(config.HiddenSize, config.InnerSize, config.Activation, place, true, "fc1", "fc2")),
        });
        return CommonShape.Model(config, place, Block, Norm("").Module, parts => parts with
        {
            Embedding = new("biogpt.embed_tokens", parts.Embedding.Module),
            EmbeddingScale = fields.Bool("scale_embedding", true) ? Math.Sqrt(config.HiddenSize) : 1,
            Positions = new("biogpt.embed_positions", new TokenEmbedding(config.MaxPositions + 2, config.HiddenSize, place)),
            PositionOffset = 2,
            HeadName = "output_projection",
            BlocksPath = "biogpt.layers",
        }, finalNormName: "biogpt.layer_norm");
    }
}
