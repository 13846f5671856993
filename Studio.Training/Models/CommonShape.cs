using Studio.Training.Layers;
using static TorchSharp.torch;
using Part = Studio.Training.Layers.Named<TorchSharp.torch.nn.Module<TorchSharp.torch.Tensor, TorchSharp.torch.Tensor>>;

namespace Studio.Training.Models;

/// <summary>What most families share: the fields of config.json under their usual names, and a model laid out as <c>model.embed_tokens</c>, <c>model.layers</c>, <c>model.norm</c>, <c>lm_head</c>.</summary>
internal static class CommonShape
{
    /// <summary>Reads the usual fields.</summary>
    public static DecoderConfig Read(ConfigReader fields, bool tied = false, string activation = "silu", double eps = 1e-6, string epsName = "rms_norm_eps", string[]? innerNames = null, string[]? kvNames = null)
    {
        int hidden = fields.Size("hidden_size", "n_embd", "d_model"), heads = fields.Size("num_attention_heads", "n_head", "n_heads");
        return new DecoderConfig
        {
            ModelType = fields.Text("model_type", ""),
            VocabularySize = fields.Size("vocab_size"),
            HiddenSize = hidden,
            Layers = fields.Size("num_hidden_layers", "n_layer", "n_layers"),
            Heads = heads,
            KvHeads = fields.TryInt(kvNames ?? ["num_key_value_heads"]) ?? heads,
            HeadDim = fields.TryInt("head_dim") ?? hidden / heads,
            InnerSize = fields.TryInt(innerNames ?? ["intermediate_size"]) ?? 4 * hidden,
            MaxPositions = fields.TryInt("max_position_embeddings", "n_positions", "n_ctx", "max_seq_len") ?? 2048,
            NormEps = fields.Double(epsName, eps),
            Activation = fields.TryText("hidden_activation", "hidden_act", "activation_function") ?? activation,
            TiedEmbeddings = fields.Bool("tie_word_embeddings", tied),
            Fields = fields,
        };
    }

    /// <summary>Puts a model together around its layers.</summary>
    public static CausalLm Model(DecoderConfig config, TensorPlace place, Func<int, DecoderBlock> block, nn.Module<Tensor, Tensor>? finalNorm, Func<CausalLmParts, CausalLmParts>? change = null, string finalNormName = "model.norm", bool headBias = false)
    {
        var parts = new CausalLmParts
        {
            Config = config,
            Place = place,
            Embedding = new("model.embed_tokens", new TokenEmbedding(config.VocabularySize, config.HiddenSize, place)),
            BlocksPath = "model.layers",
            Blocks = [.. Enumerable.Range(0, config.Layers).Select(block)],
            FinalNorm = finalNorm is null ? null : new(finalNormName, finalNorm),
            Head = config.TiedEmbeddings ? null : new("lm_head", new ProjectionLinear(config.HiddenSize, config.VocabularySize, headBias, place)),
            TiedHeadBias = headBias,
        };
        return new CausalLm(change is null ? parts : change(parts));
    }

    /// <summary>The layer of Llama: norm, attention, norm, gated feed-forward.</summary>
    public static DecoderBlock PreNormBlock(TokenMixer attention, nn.Module<Tensor, Tensor> feedForward, nn.Module<Tensor, Tensor> first, nn.Module<Tensor, Tensor> second, double residualScale = 1, string feedForwardName = "mlp") => new(new BlockParts
    {
        MixerNorm = new Part("input_layernorm", first),
        Mixer = new("self_attn", attention),
        FeedForwardNorm = new Part("post_attention_layernorm", second),
        FeedForward = new Part(feedForwardName, feedForward),
        ResidualScale = residualScale,
    });

    /// <summary>Attention with the usual names and rotary positions.</summary>
    public static AttentionOptions Attention(DecoderConfig config, RotaryEmbedding? rotary, bool bias = false, bool outputBias = false, int? window = null) => new()
    {
        Hidden = config.HiddenSize,
        Heads = config.Heads,
        KvHeads = config.KvHeads,
        HeadDim = config.HeadDim,
        Rotary = rotary,
        InputBias = bias,
        OutputBias = outputBias,
        Pattern = new AttentionPattern(Window: window),
    };

    /// <summary>x + mixer(norm(x)) + feed-forward of the same normed input, or of one normed on its own.</summary>
    public static DecoderBlock ParallelBlock(Named<TokenMixer> mixer, Part feedForward, Part norm, Part? feedForwardNorm = null) =>
        new(new BlockParts { MixerNorm = norm, Mixer = mixer, FeedForward = feedForward, FeedForwardNorm = feedForwardNorm, Parallel = true });

    /// <summary>x + norm(mixer(x)), then x + norm(feed-forward(x)): no norm before a branch.</summary>
    public static DecoderBlock PostNormBlock(TokenMixer attention, nn.Module<Tensor, Tensor> feedForward, nn.Module<Tensor, Tensor> first, nn.Module<Tensor, Tensor> second) => new(new BlockParts
    {
        Mixer = new("self_attn", attention),
        MixerOutputNorm = new Part("post_attention_layernorm", first),
        FeedForward = new Part("mlp", feedForward),
        FeedForwardOutputNorm = new Part("post_feedforward_layernorm", second),
    });

    /// <summary>The window of a layer that <c>layer_types</c> calls sliding, or null.</summary>
    public static int? Window(IReadOnlyList<string> types, int layer, int? window) => types[layer] is "sliding_attention" ? window : null;
}
