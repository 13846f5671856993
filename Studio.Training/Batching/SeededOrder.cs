namespace Studio.Training.Batching;

/// <summary>
/// Random orders that depend on the seed and the epoch alone, so that a resumed run sees the same batches without storing any.
/// </summary>
public static class SeededOrder
{
    /// <summary>A permutation of 0..count-1 (Fisher-Yates over SplitMix64).</summary>
    public static int[] Permutation(int count, long seed, int epoch)
    {
        var order = new int[count];
        for (var i = 0; i < count; i++)
        {
            order[i] = i;
        }

        var state = Mix((ulong)seed ^ Mix((ulong)epoch + 0x9E3779B97F4A7C15UL));
        for (var i = count - 1; i > 0; i--)
        {
            state += 0x9E3779B97F4A7C15UL;
            var j = (int)(Mix(state) % (ulong)(i + 1));
            (order[i], order[j]) = (order[j], order[i]);
        }

        return order;
    }

    /// <summary>A seed for one purpose at one moment of a run (dropout of a micro-batch, noise, rollouts).</summary>
    public static long Seed(long seed, long step, int part) =>
        (long)(Mix(Mix((ulong)seed) ^ ((ulong)step * 0xD1B54A32D192ED03UL) ^ ((ulong)part << 48)) >> 1);

    private static ulong Mix(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9UL;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EBUL;
        return z ^ (z >> 31);
    }
}
