namespace Studio.Training.Generation.Processors;

/// <summary>Removes ids from the choice.</summary>
internal static class Bans
{
    public static void Remove(Span<float> scores, IReadOnlyList<int> ids)
    {
        foreach (var id in ids)
        {
            if ((uint)id < (uint)scores.Length)
            {
                scores[id] = float.NegativeInfinity;
            }
        }
    }
}
