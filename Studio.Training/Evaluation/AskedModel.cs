using Studio.Data.Jobs;
using Studio.Training.Checkpoints;
using Studio.Training.Generation;
using Studio.Training.Loop;
using Studio.Training.Lora;
using Studio.Training.Native;
using static TorchSharp.torch;

namespace Studio.Training.Evaluation;

/// <summary>The models that a folder's spec names, loaded: the base, its adapter if there is one, and the engine that answers for both.</summary>
internal sealed class AskedModel : IDisposable
{
    /// <summary>Questions asked in one go; the engine answers as many at once.</summary>
    public const int AtOnce = 64;

    private const int LongestContext = 4096;
    private const string AdapterName = "adapter";

    private readonly Engine engine;
    private readonly TimeProvider time;

    private AskedModel(PretrainedModel weights, LoraAdapter? adapter, Engine engine, Device device, ScalarType type, TimeProvider time)
    {
        (Weights, Adapter, Device, Type) = (weights, adapter, device, type);
        (this.engine, this.time) = (engine, time);
    }

    public PretrainedModel Weights { get; }

    /// <summary>Null where the base itself is asked.</summary>
    public LoraAdapter? Adapter { get; }

    public Device Device { get; }

    public ScalarType Type { get; }

    /// <summary>The base as suites and builders see it.</summary>
    public EvaluatedModel AsBase(Judge? judge = null) => new(Weights, engine, null, null, time) { Judge = judge };

    /// <summary>The base with its adapter, or the base where there is none.</summary>
    /// <param name="reference">What its answers are compared with.</param>
    public EvaluatedModel AsAdapted(Judge? judge = null, EvaluatedModel? reference = null) =>
        new(Weights, engine, Adapter, Adapter is null ? null : AdapterName, time) { Judge = judge, Reference = reference };

    /// <param name="adapterPath">Full path of a PEFT folder; null asks the base.</param>
    /// <param name="device">As the spec says: auto, cpu, cuda.</param>
    /// <param name="baseType">As the spec says: auto or a type of weights.</param>
    /// <exception cref="InvalidDataException">The weights are not those that the spec was made for, or cannot be read.</exception>
    /// <exception cref="AdapterException">The adapter does not belong to the base.</exception>
    public static async Task<AskedModel> LoadAsync(JobFolder folder, ModelReference model, string? adapterPath, string device, string baseType, EventWriter events, TimeProvider time, CancellationToken cancellation)
    {
        events.State("loading");
        TorchRuntime.Load();
        var place = TorchRuntime.ChooseDevice(device, message => events.Log("info", message));
        var type = TorchRuntime.ChooseBaseType(baseType, place, message => events.Log("info", message));
        var weights = PretrainedModel.Load(folder.Resolve(model.Path), new LoadOptions { Device = place, DType = type });
        LoraAdapter? adapter = null;
        Engine? engine = null;
        try
        {
            if (model.Sha256 is { } wanted && !string.Equals(wanted, weights.Sha256, StringComparison.OrdinalIgnoreCase))
            {
                throw new InvalidDataException($"The weights of {model.Name} have changed: their SHA-256 is {weights.Sha256}, {folder.Spec} was made for {wanted}.");
            }

            adapter = adapterPath is null ? null : AdapterFolder.Read(weights.Model, adapterPath, message => events.Log("warn", message));
            engine = new Engine(weights, "base", new EngineOptions { ContextLength = LongestContext, MaxBatch = AtOnce });
            if (adapterPath is not null)
            {
                await engine.LoadAdapterAsync(AdapterName, adapterPath, null, cancellation).ConfigureAwait(false);
            }

            return new AskedModel(weights, adapter, engine, place, type, time);
        }
        catch
        {
            engine?.Dispose();
            adapter?.Dispose();
            weights.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        engine.Dispose();
        Adapter?.Dispose();
        Weights.Dispose();
    }
}
