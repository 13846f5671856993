using Studio.Training.Native;
using static TorchSharp.torch;
using Studio.Training.Layers;
using Part = Studio.Training.Layers.Named<TorchSharp.torch.nn.Module<TorchSharp.torch.Tensor, TorchSharp.torch.Tensor>>;

namespace Studio.Training.Models;

/// <summary>XGLM (Lin et al., 2021): computed sine positions with an offset of 2, scaled embeddings.</summary>
public static class Xglm
{
    public static ModelFamily Family { get; } = new()
    {
        Name = "xglm",
        ModelTypes = ["xglm"],
        ReadConfig = ReadConfig,
        Build = Build,
        BasePrefix = "model",
        DefaultTargets = ["q_proj", "v_proj"],
        TinyConfig = """{"model_type":"xglm","d_model":32,"ffn_dim":48,"num_layers":2,"attention_heads":4,"vocab_size":128,"max_position_embeddings":128}""",
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
            Embedding = new("model.embed_tokens", parts.Embedding.Module),
            EmbeddingScale = fields.Bool("scale_embedding", true) ? Math.Sqrt(config.HiddenSize) : 1,
            PositionRows = at => Sines(at, config.HiddenSize, fields.Int("pad_token_id", 1)),
            BlocksPath = "model.layers",
        }, finalNormName: "model.layer_norm");
    }

    private static DecoderConfig ReadConfig(ConfigReader fields)
    {
        fields.Json["num_hidden_layers"] ??= fields.Size("num_layers");
        fields.Json["num_attention_heads"] ??= fields.Size("attention_heads");
        return CommonShape.Read(fields, tied: true, activation: "gelu", innerNames: ["ffn_dim"]) with { NormEps = 1e-5 };
    }

    /// <summary>Sine and cosine halves of rows position + 2; the row of the padding id is zero.</summary>
    private static Tensor Sines(Tensor positions, int width, int padding)
    {
        var half = width / 2;
        var rates = tensor(Enumerable.Range(0, half).Select(i => (float)Math.Exp(-i * Math.Log(10000) / (half - 1))).ToArray(), device: positions.device);
        var rows = positions.add(Scalars.Of(2L));
        var angles = rows.to_type(ScalarType.Float32).unsqueeze(-1).mul(rates);
        return cat([angles.sin(), angles.cos()], -1).mul(rows.ne(Scalars.Of((long)padding)).unsqueeze(-1).to_type(ScalarType.Float32));
    }
}
