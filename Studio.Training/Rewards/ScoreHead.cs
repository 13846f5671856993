using Studio.Training.Layers;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Studio.Training.Rewards;

/// <summary>
/// The linear layer that turns the hidden state of a token into scores: <c>score</c> of transformers' models for sequence and token classification. fp32, whatever the base runs in.
/// </summary>
public sealed class ScoreHead : IDisposable
{
    /// <summary>Name of the module in checkpoints.</summary>
    public const string Name = "score";

    // transformers' initializer_range, which nearly every family leaves at its default.
    private const double InitialDeviation = 0.02;

    private ScoreHead(Tensor weight, Tensor? bias)
    {
        Weight = Keep(weight);
        Bias = bias is null ? null : Keep(bias);
    }

    /// <summary>(outputs, hidden)</summary>
    public Parameter Weight { get; }

    /// <summary>(outputs), or null.</summary>
    public Parameter? Bias { get; }

    public int Outputs => (int)Weight.shape[0];

    public IEnumerable<(string Name, Parameter Parameter)> Parameters() =>
        Bias is null ? [(Name + ".weight", Weight)] : [(Name + ".weight", Weight), (Name + ".bias", Bias)];

    /// <summary>A head that knows nothing yet: normal weights, no bias.</summary>
    public static ScoreHead Fresh(CausalLm model, int outputs, bool bias, long seed)
    {
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        using var generator = new Generator((ulong)seed, CPU);
        var device = model.HeadProjection.Weight.device;
        var weight = empty([outputs, model.HeadProjection.InFeatures], ScalarType.Float32);
        weight.normal_(0, InitialDeviation, generator);
        return new ScoreHead(weight.to(device), bias ? zeros([outputs], ScalarType.Float32, device) : null);
    }

    /// <summary>The head among saved tensors, or null where there is none.</summary>
    /// <param name="find">A tensor by its name, or null.</param>
    /// <exception cref="InvalidDataException">It belongs to a model of another width.</exception>
    public static ScoreHead? From(CausalLm model, Func<string, Tensor?> find)
    {
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        if (find(Name + ".weight") is not { } weight)
        {
            return null;
        }

        var (device, width) = (model.HeadProjection.Weight.device, model.HeadProjection.InFeatures);
        if (weight.dim() != 2 || weight.shape[1] != width)
        {
            throw new InvalidDataException($"The score head is ({string.Join(", ", weight.shape)}) and the base model needs (outputs, {width}): it belongs to another base model.");
        }

        return new ScoreHead(weight.to_type(ScalarType.Float32).to(device), find(Name + ".bias")?.to_type(ScalarType.Float32).to(device));
    }

    /// <param name="hidden">(rows, hidden), any type.</param>
    /// <returns>(rows, outputs) fp32</returns>
    public Tensor Forward(Tensor hidden)
    {
        var scores = hidden.to_type(ScalarType.Float32).matmul(Weight.t());
        return Bias is null ? scores : scores + Bias;
    }

    public void Dispose()
    {
        Weight.Dispose();
        Bias?.Dispose();
    }

    private static Parameter Keep(Tensor tensor)
    {
        var parameter = new Parameter(tensor.detach().clone());
        parameter.DetachFromDisposeScope();
        return parameter;
    }
}
