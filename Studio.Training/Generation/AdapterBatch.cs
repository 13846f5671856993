using static TorchSharp.torch;

namespace Studio.Training.Generation;

/// <summary>Which adapter each row of the running batch uses. Built when the rows change, not at every step.</summary>
internal sealed class AdapterBatch : IDisposable
{
    private readonly Dictionary<string, Tensor> _masks = [];

    public AdapterBatch(IReadOnlyList<LoadedAdapter?> rows)
    {
        Rows = rows;
        Distinct = [.. rows.OfType<LoadedAdapter>().Distinct().OrderBy(a => a.Name, StringComparer.Ordinal)];
        Key = string.Join('\n', Distinct.Select(a => a.Name));
    }

    public IReadOnlyList<LoadedAdapter?> Rows { get; }

    public IReadOnlyList<LoadedAdapter> Distinct { get; }

    /// <summary>Names the set of adapters; stacks are cached by it.</summary>
    public string Key { get; }

    /// <summary>True when every row uses the same adapter, so that no mask is needed.</summary>
    public bool Uniform => Distinct.Count == 1 && Rows.All(r => r is not null);

    /// <summary>1 where a row may see a column of the stacked ranks: (rows, 1, sum of ranks).</summary>
    /// <param name="ranks">Rank per adapter of <see cref="Distinct"/>; 0 where it lacks the module.</param>
    public Tensor Mask(IReadOnlyList<int> ranks, ScalarType type, Device device)
    {
        var key = string.Join(',', ranks) + type;
        if (_masks.TryGetValue(key, out var known))
        {
            return known;
        }

        var total = ranks.Sum();
        var values = new float[Rows.Count * total];
        for (var row = 0; row < Rows.Count; row++)
        {
            var column = 0;
            for (var i = 0; i < Distinct.Count; i++)
            {
                if (ReferenceEquals(Rows[row], Distinct[i]))
                {
                    values.AsSpan((row * total) + column, ranks[i]).Fill(1);
                }

                column += ranks[i];
            }
        }

        using var scope = NewDisposeScope();
        var mask = tensor(values, [Rows.Count, 1, total]).to(type).to(device).DetachFromDisposeScope();
        _masks[key] = mask;
        return mask;
    }

    public void Dispose()
    {
        foreach (var mask in _masks.Values)
        {
            mask.Dispose();
        }

        _masks.Clear();
    }
}
