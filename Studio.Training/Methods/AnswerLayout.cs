using System.Runtime.InteropServices;

namespace Studio.Training.Methods;

/// <summary>A prompt and an answer to it.</summary>
public sealed record AnswerTokens(int[] Prompt, int[] Answer);

/// <summary>
/// Answers behind their prompts, laid end to end in one row. A prompt of several answers stands once and they branch off behind it, so that it is computed once for all of them.
/// </summary>
public sealed class AnswerLayout
{
    private readonly (int Prompt, int PromptLength, int Answer)[] places;

    /// <param name="sequences">Null leaves a place without tokens.</param>
    /// <param name="share">False gives every answer a prompt of its own.</param>
    public AnswerLayout(IReadOnlyList<AnswerTokens?> sequences, bool share = true)
    {
        places = new (int, int, int)[sequences.Count];
        List<long> ids = [];
        List<int[]> branches = [];
        foreach (var group in Enumerable.Range(0, sequences.Count).Where(i => sequences[i] is not null).GroupBy(i => share && sequences[i]!.Prompt.Length > 0 ? Key(sequences[i]!.Prompt) : FormattableString.Invariant($"{i}.")))
        {
            var start = ids.Count;
            var prompt = sequences[group.First()]!.Prompt;
            ids.AddRange(prompt.Select(i => (long)i));
            List<int> lengths = [prompt.Length];
            foreach (var i in group)
            {
                var answer = sequences[i]!.Answer;
                places[i] = (start, prompt.Length, ids.Count);
                ids.AddRange(answer.Select(t => (long)t));
                if (answer.Length > 0)
                {
                    lengths.Add(answer.Length);
                }
            }

            if (ids.Count > start)
            {
                branches.Add([.. lengths]);
            }
        }

        (Ids, Branches) = ([.. ids], [.. branches]);
    }

    /// <summary>All tokens.</summary>
    public long[] Ids { get; }

    /// <summary>Per prompt its length and those of its answers, as a forward pass takes them.</summary>
    public int[][] Branches { get; }

    /// <summary>Where the state stands that has seen this many tokens (at least one) of a sequence, and so predicts its next one.</summary>
    public int After(int sequence, int tokens)
    {
        var (prompt, length, answer) = places[sequence];
        return tokens <= length ? prompt + tokens - 1 : answer + tokens - length - 1;
    }

    private static string Key(int[] prompt) => Convert.ToHexString(MemoryMarshal.AsBytes(prompt.AsSpan()));
}
