using Studio.Training.Layers;
using Studio.Training.Native;
using static TorchSharp.torch;

namespace Studio.Training.Generation;

/// <summary>
/// The adapters of all rows on one projection: factors of the adapters in the batch stand side by side, and a mask keeps each row to its own (as in Punica, Chen et al. 2023,
/// but with two dense products, which a CPU does fastest at these sizes). Only under inference mode.
/// </summary>
internal sealed class BatchedLora(string name, ProjectionLinear projection, Func<AdapterBatch?> current) : IProjectionAdapter, IDisposable
{
    private const int MostStacks = 8;

    private readonly Dictionary<(string Key, ScalarType Type), Stack> _stacks = [];

    /// <summary>How often an adapter changed the output; the proof of a deployment counts by it.</summary>
    public long Applied { get; private set; }

    /// <param name="x">(rows, tokens, in)</param>
    /// <param name="y">(rows, tokens, out), overwritten.</param>
    public Tensor Apply(Tensor x, Tensor y)
    {
        if (current() is not { Distinct.Count: > 0 } batch)
        {
            return y;
        }

        if (batch.Uniform && !batch.Distinct[0].Batches)
        {
            var own = batch.Distinct[0].Modules.TryGetValue(name, out var module)
                ? module
                : batch.Distinct[0].Lora.Parts.FirstOrDefault(p => ReferenceEquals(p.Projection, projection)) as IProjectionAdapter;
            if (own is null)
            {
                return y;
            }

            Applied++;
            return own.Apply(x, y);
        }

        var stack = StackOf(batch, x.dtype, x.device);
        if (stack.Down is null)
        {
            return y;
        }

        Applied++;

        var low = x.matmul(stack.Down);                                        // (rows, tokens, ranks)
        if (!batch.Uniform)
        {
            low = low.mul_(batch.Mask(stack.Ranks, x.dtype, x.device));
        }

        return y.add_(low.matmul(stack.Up!));
    }

    /// <summary>Drops the stacks an adapter is part of.</summary>
    public void Forget(string adapter)
    {
        foreach (var key in _stacks.Keys.Where(k => k.Key.Split('\n').Contains(adapter, StringComparer.Ordinal)).ToList())
        {
            _stacks.Remove(key, out var stack);
            stack!.Dispose();
        }
    }

    public void Dispose()
    {
        foreach (var stack in _stacks.Values)
        {
            stack.Dispose();
        }

        _stacks.Clear();
    }

    private Stack StackOf(AdapterBatch batch, ScalarType type, Device device)
    {
        if (_stacks.TryGetValue((batch.Key, type), out var known))
        {
            return known;
        }

        if (_stacks.Count >= MostStacks)
        {
            Dispose();
        }

        using var scope = NewDisposeScope();
        var parts = batch.Distinct.Select(a => a.Modules.GetValueOrDefault(name)).ToList();
        var ranks = parts.Select(p => p?.Rank ?? 0).ToList();
        Stack stack;
        if (ranks.All(r => r == 0))
        {
            stack = new Stack(null, null, ranks);
        }
        else
        {
            var present = parts.OfType<Lora.LoraLinear>().ToList();
            var down = cat([.. present.Select(p => p.A.t())], 1).to(type).to(device).contiguous();                       // (in, ranks)
            var up = cat([.. present.Select(p => p.B.mul(Scalars.Of(p.ScaleValue)).t())], 0).to(type).to(device).contiguous();      // (ranks, out)
            stack = new Stack(down.DetachFromDisposeScope(), up.DetachFromDisposeScope(), ranks);
        }

        _stacks[(batch.Key, type)] = stack;
        return stack;
    }

    private sealed record Stack(Tensor? Down, Tensor? Up, IReadOnlyList<int> Ranks) : IDisposable
    {
        public void Dispose()
        {
            Down?.Dispose();
            Up?.Dispose();
        }
    }
}
