using Studio.Data.Documents;
using Studio.Data.Examples;

namespace Studio.Data.Datasets;

/// <summary>Counts a version while it is read.</summary>
internal sealed class StatisticsCounter
{
    private static readonly int[] Bounds = [32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16_384, 32_768, 65_536, int.MaxValue];

    private readonly long[] lengths = new long[Bounds.Length];
    private readonly Dictionary<string, long> roles = new(StringComparer.Ordinal);
    private readonly Dictionary<string, long> languages = new(StringComparer.Ordinal);
    private long examples;
    private long characters;
    private int longest;
    private long turns;

    public void Add(Example example)
    {
        examples++;
        var length = ExampleTurns.Characters(example);
        characters += length;
        longest = Math.Max(longest, length);
        lengths[Array.FindIndex(Bounds, bound => length <= bound)]++;
        var language = LanguageMix.Of(example);
        languages[language] = languages.GetValueOrDefault(language) + 1;
        foreach (var turn in ExampleTurns.Of(example))
        {
            turns++;
            roles[turn.Message.Role] = roles.GetValueOrDefault(turn.Message.Role) + 1;
        }
    }

    public DatasetStatistics Finish(long duplicates)
    {
        var last = Array.FindLastIndex(lengths, count => count > 0);
        return new DatasetStatistics
        {
            LengthBounds = Bounds[..(last + 1)],
            LengthCounts = lengths[..(last + 1)],
            Characters = characters,
            LongestCharacters = longest,
            MeanCharacters = examples == 0 ? 0 : (double)characters / examples,
            MeanTurns = examples == 0 ? 0 : (double)turns / examples,
            Roles = roles,
            Languages = languages,
            ExactDuplicates = duplicates,
        };
    }
}
