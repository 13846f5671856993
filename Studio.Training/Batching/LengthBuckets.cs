namespace Studio.Training.Batching;

/// <summary>
/// An order in which neighbours have similar lengths, so that padded batches waste little (transformers' length grouping).
/// </summary>
public static class LengthBuckets
{
    /// <param name="permutation">A random order of all examples.</param>
    /// <param name="megaBatches">Batches per chunk that is sorted inside; null takes a quarter of the batches, at most 50.</param>
    /// <returns>Example numbers; the longest example comes first, so that running out of memory shows at once.</returns>
    public static int[] Group(IReadOnlyList<int> lengths, int batchSize, IReadOnlyList<int> permutation, int? megaBatches = null)
    {
        if (permutation.Count == 0)
        {
            return [];
        }

        var mult = megaBatches ?? Math.Min(lengths.Count / (batchSize * 4), 50);
        var chunk = Math.Max(mult, 1) * batchSize;
        var chunks = permutation.Chunk(chunk).Select(c => c.OrderByDescending(i => lengths[i]).ToArray()).ToArray();

        // Each chunk begins with its own longest: the longest of those heads the whole order.
        var longest = 0;
        for (var i = 1; i < chunks.Length; i++)
        {
            if (lengths[chunks[i][0]] > lengths[chunks[longest][0]])
            {
                longest = i;
            }
        }

        (chunks[0][0], chunks[longest][0]) = (chunks[longest][0], chunks[0][0]);
        return [.. chunks.SelectMany(c => c)];
    }
}
