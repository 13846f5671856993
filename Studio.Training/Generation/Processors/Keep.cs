namespace Studio.Training.Generation.Processors;

/// <summary>Removes tokens by their probability, but never the most likely ones.</summary>
internal static class Keep
{
    /// <param name="keep">Scores that are at least the k-th largest stay whatever the test says, ties included.</param>
    public static void Filter(Span<float> scores, ReadOnlySpan<float> probabilities, int keep, Func<float, bool> remove)
    {
        var threshold = float.PositiveInfinity;
        foreach (var id in Largest(scores, keep))
        {
            threshold = Math.Min(threshold, scores[id]);
        }

        for (var i = 0; i < scores.Length; i++)
        {
            if (scores[i] < threshold && remove(probabilities[i]))
            {
                scores[i] = float.NegativeInfinity;
            }
        }
    }

    /// <summary>Ids of the largest scores.</summary>
    public static HashSet<int> Largest(ReadOnlySpan<float> scores, int count)
    {
        var heap = new PriorityQueue<int, (float, int)>(count + 1);
        for (var i = 0; i < scores.Length; i++)
        {
            heap.Enqueue(i, (scores[i], -i));
            if (heap.Count > count)
            {
                heap.Dequeue();
            }
        }

        return [.. heap.UnorderedItems.Select(item => item.Element)];
    }
}
