using Studio.Training.Layers;
using Studio.Training.Native;
using static TorchSharp.torch;

namespace Studio.Training.Methods;

/// <summary>
/// Uniform noise on the embeddings in training (Jain et al. 2023): ε ~ U(−1, 1) · alpha / sqrt(tokens · hidden). Drawn from the global generator, which the loop seeds per micro-batch.
/// </summary>
public sealed class Neftune : IEmbeddingAdapter, IDisposable
{
    private readonly TokenEmbedding embedding;
    private readonly IEmbeddingAdapter? inner;
    private readonly double alpha;
    private readonly int width;

    private Neftune(TokenEmbedding embedding, double alpha, int width)
    {
        (this.embedding, this.alpha, this.width) = (embedding, alpha, width);
        inner = embedding.Adapter;
        embedding.Adapter = this;
    }

    /// <summary>Noise on every forward pass until the result is disposed.</summary>
    /// <param name="width">Tokens of the longest row.</param>
    public static Neftune On(CausalLm model, double alpha, int width) => new(model.Embedding, alpha, width);

    public static double Magnitude(double alpha, long width, long hidden) => alpha / Math.Sqrt((double)width * hidden);

    public Tensor Apply(Tensor ids, Tensor rows)
    {
        if (inner is not null)
        {
            rows = inner.Apply(ids, rows);
        }

        var bound = Magnitude(alpha, width, rows.shape[^1]);
        var noise = rand(rows.shape, ScalarType.Float32, rows.device).sub_(Scalars.Of(0.5)).mul_(Scalars.Of(2 * bound));
        return rows + noise.to_type(rows.dtype);
    }

    public void Dispose() => embedding.Adapter = inner;
}
