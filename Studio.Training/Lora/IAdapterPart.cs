using Studio.Training.Layers;
using TorchSharp.Modules;

namespace Studio.Training.Lora;

/// <summary>A part of an adapter beside its low-rank projections: factors on an embedding, a whole module trained in place of the base's, trained biases.</summary>
public interface IAdapterPart : IDisposable
{
    /// <summary>Path of the module in the checkpoint.</summary>
    string Name { get; }

    /// <summary>The projection it changes; null where it is none.</summary>
    ProjectionLinear? Projection { get; }

    /// <summary>Tensors by the names PEFT gives them, without the leading <c>base_model.model.</c></summary>
    IEnumerable<(string Name, Parameter Parameter)> Tensors();

    /// <summary>Puts it in force.</summary>
    void Attach();

    /// <summary>Takes it out of force; the base is as it was.</summary>
    void Detach();

    /// <summary>Writes it into the base for good.</summary>
    void Merge();
}
