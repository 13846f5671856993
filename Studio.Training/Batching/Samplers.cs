namespace Studio.Training.Batching;

/// <summary>Orders and splits that methods with groups of answers need.</summary>
public static class Samplers
{
    /// <summary>
    /// The order of grouped rollouts: chunks of <paramref name="batchSize"/> prompts, each prompt <paramref name="each"/> times in a row, the chunk <paramref name="chunkRepeats"/> times; an incomplete last chunk is left out.
    /// </summary>
    public static IEnumerable<int> Repeat(IReadOnlyList<int> order, int each, int batchSize = 1, int chunkRepeats = 1)
    {
        for (var start = 0; start + batchSize <= order.Count; start += batchSize)
        {
            for (var r = 0; r < chunkRepeats; r++)
            {
                for (var i = start; i < start + batchSize; i++)
                {
                    for (var e = 0; e < each; e++)
                    {
                        yield return order[i];
                    }
                }
            }
        }
    }

    /// <summary>Splits rows into equal consecutive parts.</summary>
    public static IReadOnlyList<T[]> Split<T>(IReadOnlyList<T> rows, int parts) =>
        rows.Count % parts == 0 ? [.. rows.Chunk(rows.Count / parts)] : throw new ArgumentException($"{rows.Count} rows do not split into {parts} equal parts.");

    /// <summary>Mismatched partners for KTO's KL term: inside every block each row gets its predecessor's answer, the first the last one's.</summary>
    public static int[] Rotate(int count, int blockSize)
    {
        var partner = new int[count];
        for (var start = 0; start < count; start += blockSize)
        {
            var end = Math.Min(start + blockSize, count);
            for (var i = start; i < end; i++)
            {
                partner[i] = i == start ? end - 1 : i - 1;
            }
        }

        return partner;
    }
}
