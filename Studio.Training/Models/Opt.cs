using Studio.Training.Layers;
using Part = Studio.Training.Layers.Named<TorchSharp.torch.nn.Module<TorchSharp.torch.Tensor, TorchSharp.torch.Tensor>>;

namespace Studio.Training.Models;

/// <summary>OPT (Zhang et al., 2022): learned positions with an offset of 2, ReLU; the 350M model norms after its residuals and has narrower embeddings.</summary>
public static class Opt
{
    public static ModelFamily Family { get; } = new()
    {
        Name = "opt",
        ModelTypes = ["opt"],
        ReadConfig = fields => CommonShape.Read(fields, tied: true, activation: "relu", innerNames: ["ffn_dim"]) with { NormEps = 1e-5 },
        Build = Build,
        DefaultTargets = ["q_proj", "v_proj"],
        TinyConfig = """{"model_type":"opt","hidden_size":32,"ffn_dim":48,"num_hidden_layers":2,"num_attention_heads":4,"vocab_size":128,"max_position_embeddings":128,"word_embed_proj_dim":32}""",
    };

    private static CausalLm Build(DecoderConfig config, TensorPlace place)
    {
        var fields = config.Fields;
        bool before = fields.Bool("do_layer_norm_before", true), bias = fields.Bool("enable_bias", true);
        var width = fields.TryInt("word_embed_proj_dim") ?? config.HiddenSize;
        Part Norm(string name) => new(name, new LayerNorm(config.HiddenSize, config.NormEps, place));
        Named<ProjectionLinear> Project(string name, int from, int to) => new("model.decoder." + name, new ProjectionLinear(from, to, false, place));
        DecoderBlock Block(int layer)
        {
            var parts = new BlockParts
            {
                Mixer = new("self_attn", new Attention(CommonShape.Attention(config, null, bias, bias) with { OutputName = "out_proj" }, place)),
                FeedForward = new("", new PlainFeedForward(config.HiddenSize, config.InnerSize, config.Activation, place, bias, "fc1", "fc2")),
            };
            Part first = Norm("self_attn_layer_norm"), second = Norm("final_layer_norm");
            return new DecoderBlock(before ? parts with { MixerNorm = first, FeedForwardNorm = second } : parts with { MixerResidualNorm = first, FeedForwardResidualNorm = second });
        }

        return CommonShape.Model(config, place, Block, before && !fields.Bool("_remove_final_layer_norm", false) ? Norm("").Module : null, parts => parts with
        {
            Embedding = new("model.decoder.embed_tokens", width == config.HiddenSize ? parts.Embedding.Module : new TokenEmbedding(config.VocabularySize, width, place)),
            Positions = new("model.decoder.embed_positions", new TokenEmbedding(config.MaxPositions + 2, config.HiddenSize, place)),
            PositionOffset = 2,
            BlocksPath = "model.decoder.layers",
            ProjectIn = width == config.HiddenSize ? null : Project("project_in", width, config.HiddenSize),
            ProjectOut = width == config.HiddenSize ? null : Project("project_out", config.HiddenSize, width),
            Head = parts.Head is null ? null : new("lm_head", new ProjectionLinear(width, config.VocabularySize, false, place)),
        }, finalNormName: "model.decoder.final_layer_norm");
    }
}
