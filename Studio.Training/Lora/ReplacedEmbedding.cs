using Studio.Training.Layers;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Studio.Training.Lora;

/// <summary>An embedding that was trained whole and stands in place of the base's (PEFT: modules_to_save).</summary>
public sealed class ReplacedEmbedding(string name, TokenEmbedding embedding, Parameter weight) : IAdapterPart, IEmbeddingAdapter
{
    public string Name { get; } = name;

    public ProjectionLinear? Projection => null;

    public IEnumerable<(string Name, Parameter Parameter)> Tensors() => [(Name + ".weight", weight)];

    public Tensor Apply(Tensor ids, Tensor rows) => weight.index_select(0, ids.reshape(-1)).to_type(rows.dtype).view(rows.shape);

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
        embedding.Weight.copy_(weight);
        Detach();
    }

    public void Dispose()
    {
        Detach();
        weight.Dispose();
    }
}
