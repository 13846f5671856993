using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Studio.Training.Layers;

/// <summary>Changes the rows that an embedding gives: an adapter on the embedding, or trained rows of single tokens.</summary>
public interface IEmbeddingAdapter
{
    /// <param name="ids">(batch, tokens)</param>
    /// <param name="rows">(batch, tokens, features)</param>
    Tensor Apply(Tensor ids, Tensor rows);
}

/// <summary>A table of vectors, one row per id.</summary>
public sealed class TokenEmbedding : nn.Module<Tensor, Tensor>
{
    private readonly Parameter weight;

    public TokenEmbedding(long rows, long features, TensorPlace place) : base(nameof(TokenEmbedding))
    {
        weight = Frozen.Parameter(place, rows, features);
        register_parameter("weight", weight);
    }

    /// <summary>(rows, features)</summary>
    public Parameter Weight => weight;

    public IEmbeddingAdapter? Adapter { get; set; }

    /// <param name="ids">(batch, tokens) int64</param>
    /// <returns>(batch, tokens, features)</returns>
    public override Tensor forward(Tensor ids)
    {
        var rows = weight.index_select(0, ids.reshape(-1)).view(ids.shape[0], ids.shape[1], weight.shape[1]);
        return Adapter is null ? rows : Adapter.Apply(ids, rows);
    }
}
