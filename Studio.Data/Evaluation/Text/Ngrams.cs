namespace Studio.Data.Evaluation.Text;

/// <summary>Counts runs of n tokens.</summary>
internal static class Ngrams
{
    // Cannot occur inside a token that came from splitting at white space.
    private const char Between = '\n';

    public static Dictionary<string, int> Count(IReadOnlyList<string> tokens, int order)
    {
        var counts = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var i = 0; i + order <= tokens.Count; i++)
        {
            var gram = order == 1 ? tokens[i] : string.Join(Between, Enumerable.Range(i, order).Select(j => tokens[j]));
            counts[gram] = counts.GetValueOrDefault(gram) + 1;
        }

        return counts;
    }
}
