using CsCheck;
using Studio.Training.Tokenizers.Models;

namespace Studio.Training.Tests.Tokenizers.Models;

public sealed class MergeQueueTests
{
    private static readonly Gen<(int Left, int Right, int Made)[]> Merges = Gen.Select(Gen.Int[0, 9], Gen.Int[0, 9]).Array[0, 12]
        .Select(pairs => pairs.Distinct().Select((pair, rank) => (pair.Item1, pair.Item2, 4 + rank)).ToArray());

    [Fact]
    public void Short_and_long_words_merge_as_the_plain_loop_does() => Gen.Select(Merges, Gen.Int[0, 3].Array[0, 60]).Sample((merges, word) =>
    {
        var expected = Plain(merges, word);
        var ids = (int[])word.Clone();
        var lengths = Enumerable.Repeat(1, word.Length).ToArray();
        var count = MergeQueue.Merge(ids, lengths, new PairTable(merges));
        Assert.Equal(expected, ids[..count].Zip(lengths[..count]));
        Assert.Equal(word.Length, lengths[..count].Sum());
    });

    private static List<(int, int)> Plain((int Left, int Right, int Made)[] merges, int[] word)
    {
        var symbols = word.Select(id => (Id: id, Length: 1)).ToList();
        while (true)
        {
            var best = (Rank: int.MaxValue, At: -1);
            for (var i = 0; i + 1 < symbols.Count; i++)
            {
                var rank = Array.FindIndex(merges, merge => merge.Left == symbols[i].Id && merge.Right == symbols[i + 1].Id);
                if (rank >= 0 && rank < best.Rank)
                {
                    best = (rank, i);
                }
            }

            if (best.At < 0)
            {
                return symbols;
            }

            symbols[best.At] = (merges[best.Rank].Made, symbols[best.At].Length + symbols[best.At + 1].Length);
            symbols.RemoveAt(best.At + 1);
        }
    }
}
