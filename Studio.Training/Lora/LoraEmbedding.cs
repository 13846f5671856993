using Studio.Training.Layers;
using Studio.Training.Native;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Studio.Training.Lora;

/// <summary>
/// Low-rank factors on an embedding: row t becomes W[t] + scale · B A[:, t]; with a magnitude vector the table is renormalised per column (DoRA).
/// </summary>
public sealed class LoraEmbedding(string name, TokenEmbedding embedding, double scale, Parameter a, Parameter b, Parameter? magnitude) : IAdapterPart, IEmbeddingAdapter
{
    public string Name { get; } = name;

    public double ScaleValue { get; } = scale;

    public ProjectionLinear? Projection => null;

    public IEnumerable<(string Name, Parameter Parameter)> Tensors()
    {
        yield return (Name + ".lora_embedding_A", a);
        yield return (Name + ".lora_embedding_B", b);
        if (magnitude is not null)
        {
            yield return (Name + ".lora_magnitude_vector", magnitude);
        }
    }

    public Tensor Apply(Tensor ids, Tensor rows)
    {
        var low = a.t().index_select(0, ids.reshape(-1));                                        // (tokens, rank)
        var delta = low.matmul(b.t()).mul(Scalars.Of(ScaleValue)).to_type(rows.dtype).view(rows.shape);
        if (magnitude is null)
        {
            return rows + delta;
        }

        Tensor norm;
        using (no_grad())
        {
            // The norm is a constant in the backward pass, as in the paper's section 4.3.
            norm = Norm(Whole());
        }

        return (rows + delta) * (magnitude / norm).to_type(rows.dtype);
    }

    public void Attach() => embedding.Adapter = this;

    public void Detach()
    {
        if (ReferenceEquals(embedding.Adapter, this))
        {
            embedding.Adapter = null;
        }
    }

    public void Merge()
    {
        using var quiet = no_grad();
        using var scope = NewDisposeScope();
        var whole = Whole();
        embedding.Weight.copy_(magnitude is null ? whole : whole * (magnitude / Norm(whole)));
        Detach();
    }

    public void Dispose()
    {
        Detach();
        a.Dispose();
        b.Dispose();
        magnitude?.Dispose();
    }

    private Tensor Whole() => embedding.Weight.to_type(ScalarType.Float32) + b.matmul(a).t().mul(Scalars.Of(ScaleValue));

    private static Tensor Norm(Tensor whole) => whole.square().sum([0L]).sqrt();
}
