using Studio.Training.Layers;
using Studio.Training.Native;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Studio.Training.Lora;

/// <summary>Rows of single tokens that were trained and stand in place of the base's (PEFT: trainable_token_indices), in an embedding, an output head, or both where they share the table.</summary>
public sealed class TrainedRows : IAdapterPart, IEmbeddingAdapter, IProjectionAdapter
{
    private readonly TokenEmbedding? embedding;
    private readonly ProjectionLinear? head;
    private readonly Parameter rows;
    private readonly Tensor tokens;

    /// <param name="tokens">Ids of the rows, in their order.</param>
    /// <param name="embedding">The embedding; null where only the head has such rows.</param>
    /// <param name="head">The output head where it shares the table or has such rows of its own.</param>
    public TrainedRows(string name, TokenEmbedding? embedding, IReadOnlyList<long> tokens, ProjectionLinear? head, Parameter rows)
    {
        (Name, this.embedding, this.head, this.rows) = (name, embedding, head, rows);
        this.tokens = tensor(tokens.ToArray(), device: rows.device).DetachFromDisposeScope();
    }

    public string Name { get; }

    public ProjectionLinear? Projection => head;

    public IEnumerable<(string Name, Parameter Parameter)> Tensors() => [(Name + ".token_adapter.trainable_tokens_delta", rows)];

    public Tensor Apply(Tensor ids, Tensor rows)
    {
        // (tokens of the text, trained tokens): which of the trained rows a position shows, if any.
        var hits = ids.reshape(-1).unsqueeze(1).eq(tokens.unsqueeze(0)).to_type(ScalarType.Float32);
        var own = hits.matmul(this.rows).to_type(rows.dtype);
        var kept = (Scalars.One - hits.sum(1, keepdim: true)).to_type(rows.dtype);
        return ((rows.reshape(-1, rows.shape[^1]) * kept) + own).view(rows.shape);
    }

    Tensor IProjectionAdapter.Apply(Tensor x, Tensor y) => y.index_copy(-1, tokens, x.matmul(rows.to_type(x.dtype).t()).to_type(y.dtype));

    public void Attach()
    {
        if (embedding is not null)
        {
            embedding.Adapter = this;
        }

        if (head is not null)
        {
            head.Adapter = this;
        }
    }

    public void Detach()
    {
        if (embedding is not null && ReferenceEquals(embedding.Adapter, this))
        {
            embedding.Adapter = null;
        }

        if (head is not null && ReferenceEquals(head.Adapter, this))
        {
            head.Adapter = null;
        }
    }

    public void Merge()
    {
        using var quiet = no_grad();
        var table = embedding?.Weight ?? head!.Stored;
        table.index_copy_(0, tokens, rows.to_type(table.dtype));
        Detach();
    }

    public void Dispose()
    {
        Detach();
        rows.Dispose();
        tokens.Dispose();
    }
}
