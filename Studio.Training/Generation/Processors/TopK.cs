namespace Studio.Training.Generation.Processors;

/// <summary>Keeps the scores that are at least the k-th largest; all ties stay (Fan et al. 2018).</summary>
public sealed class TopK(int k) : ILogitsProcessor
{
    public static ILogitsProcessor? From(SamplingOptions options) => options.TopK > 0 ? new TopK(Math.Max(options.TopK, options.MinTokensToKeep)) : null;

    public void Apply(Span<float> scores, LogitsContext context)
    {
        if (k >= scores.Length)
        {
            return;
        }

        // A heap of the k best: its root is the k-th largest.
        var heap = new PriorityQueue<float, float>(k);
        foreach (var score in scores)
        {
            if (heap.Count < k)
            {
                heap.Enqueue(score, score);
            }
            else if (score > heap.Peek())
            {
                heap.DequeueEnqueue(score, score);
            }
        }

        var threshold = heap.Peek();
        for (var i = 0; i < scores.Length; i++)
        {
            if (scores[i] < threshold)
            {
                scores[i] = float.NegativeInfinity;
            }
        }
    }
}
