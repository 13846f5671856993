using Studio.Data.Examples;
using Studio.Data.Validation;

namespace Studio.Training.Methods;

/// <summary>What has been read so far, and what was cut or left out.</summary>
internal sealed class GatheredExamples<T>
{
    private readonly List<T> kept = [];
    private readonly List<Example> source = [];
    private readonly List<Problem> problems = [];
    private long tokens, trained, cut, cutTokens, untrainable;

    public List<int> Lengths { get; } = [];

    public void Keep(T item, Example example, int length, int scored)
    {
        kept.Add(item);
        source.Add(example);
        tokens += length;
        trained += scored;
    }

    public void Cut(int over)
    {
        cut++;
        cutTokens += over;
    }

    public void Refuse(string rule, string message, string remedy, int line)
    {
        untrainable++;
        ExampleReader.Note(problems, rule, message, remedy, line);
    }

    public (IReadOnlyList<T> Kept, PreparedData Report, IReadOnlyList<Example> Source) Result() => (kept, new PreparedData
    {
        Examples = kept.Count,
        Tokens = tokens,
        TrainedTokens = trained,
        TruncatedExamples = cut,
        TruncatedTokens = cutTokens,
        UntrainableExamples = untrainable,
        Lengths = Lengths,
        Problems = problems,
    }, source);
}
