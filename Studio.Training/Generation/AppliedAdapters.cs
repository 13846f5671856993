using Studio.Training.Layers;

namespace Studio.Training.Generation;

/// <summary>The adapters that are in force in a model: low-rank products on its projections for each row of the batch, and parts beside them where all rows have the same adapter.</summary>
internal sealed class AppliedAdapters : IDisposable
{
    private readonly CausalLm model;
    private readonly Dictionary<string, BatchedLora> projections = new(StringComparer.Ordinal);
    private AdapterBatch? batch;
    private LoadedAdapter? beside;

    public AppliedAdapters(CausalLm model)
    {
        this.model = model;
        foreach (var (name, projection) in model.Projections())
        {
            projections[name] = new BatchedLora(name, projection, () => batch);
        }

        Attach();
    }

    /// <summary>Puts the adapters of a batch in force, one per row; null is the base.</summary>
    public void Set(IReadOnlyList<LoadedAdapter?> rows)
    {
        if (batch is not null && batch.Rows.SequenceEqual(rows))
        {
            return;
        }

        batch?.Dispose();
        batch = new AdapterBatch(rows);
        var alone = batch.Uniform && batch.Distinct[0] is { Batches: false, Lora.Parts.Count: > 0 } one ? one : null;
        if (!ReferenceEquals(alone, beside))
        {
            PutBeside(alone);
        }
    }

    /// <summary>How often a module of this checkpoint name has been applied so far; 0 where the model has no such projection.</summary>
    public long Applied(string module) => projections.TryGetValue(module, out var projection) ? projection.Applied : 0;

    /// <summary>Drops what is kept for an adapter.</summary>
    public void Forget(LoadedAdapter adapter)
    {
        foreach (var projection in projections.Values)
        {
            projection.Forget(adapter.Name);
        }

        if (batch?.Distinct.Contains(adapter) == true)
        {
            Set([]);
        }
    }

    public void Dispose()
    {
        PutBeside(null);
        foreach (var (name, projection) in model.Projections())
        {
            projection.Adapter = null;
            projections[name].Dispose();
        }

        batch?.Dispose();
    }

    /// <summary>Puts the parts of an adapter that are not on projections (embeddings, norms) in force, in place of those that were.</summary>
    private void PutBeside(LoadedAdapter? adapter)
    {
        foreach (var part in beside?.Lora.Parts ?? [])
        {
            part.Detach();
        }

        foreach (var part in adapter?.Lora.Parts ?? [])
        {
            part.Attach();
        }

        beside = adapter;
        Attach();
    }

    private void Attach()
    {
        foreach (var (name, projection) in model.Projections())
        {
            projection.Adapter = projections[name];
        }
    }
}
