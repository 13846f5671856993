using Studio.Training.Checkpoints;
using Studio.Training.Layers;
using Studio.Training.Lora;
using Studio.Training.Methods;

namespace Studio.Training.Rollouts;

/// <summary>
/// The model as the job began: the base under an adapter that is switched off, a frozen copy of the adapter the job continues from, or a second copy of the base where all its weights are trained.
/// </summary>
internal sealed class ReferencePolicy : IDisposable
{
    private readonly MethodContext context;
    private readonly LoraAdapter? start;
    private readonly PretrainedModel? copy;

    public ReferencePolicy(MethodContext context)
    {
        this.context = context;
        if (context.Adapter is null)
        {
            copy = PretrainedModel.Load(context.Spec.BaseModel.Path, new LoadOptions { Device = context.Device, DType = context.Base.Model.Place.Type });
        }
        else if (context.Spec.StartAdapterPath is { } path)
        {
            start = AdapterFolder.Read(context.Base.Model, context.Folder.Resolve(path));
        }
    }

    /// <summary>Runs a measurement on the reference.</summary>
    public T Use<T>(Func<CausalLm, T> measure)
    {
        if (copy is not null)
        {
            return measure(copy.Model);
        }

        if (start is null)
        {
            using (context.Adapter!.Disable())
            {
                return measure(context.Base.Model);
            }
        }

        try
        {
            start.Attach();
            return measure(context.Base.Model);
        }
        finally
        {
            start.Detach();
            context.Adapter!.Attach();
        }
    }

    public void Dispose()
    {
        start?.Dispose();
        copy?.Dispose();
    }
}
