using Studio.Testing;
using Studio.Training.Checkpoints;
using Studio.Training.Evaluation;

namespace Studio.Training.Tests.Evaluation;

/// <summary>Continuations scored on shared keys and values get the numbers they get alone.</summary>
public sealed class SharedContextsTests
{
    [Fact]
    public void ContextsAndTheirCommonBeginningAreFound()
    {
        int[] shots = [.. Enumerable.Range(100, 40)];
        int[] a = [.. shots, 1, 2], b = [.. shots, 3], c = [7, 8, 9], d = [5, 6];
        List<(IReadOnlyList<int>, IReadOnlyList<int>)> pairs = [(a, [1]), (a.ToArray(), [2, 3]), (b, [1]), (c, [1]), (c, [2]), (d, [1]), (a, [])];
        var found = SharedContexts.Find(pairs, 64);
        Assert.Equal(2, found.Count);
        Assert.Equal(40, found[0].Prefix);
        Assert.Equal([0, 1], found[0].Contexts[0].Pairs);
        Assert.Equal([2], found[0].Contexts[1].Pairs);
        Assert.Equal(0, found[1].Prefix);
        Assert.Equal([3, 4], Assert.Single(found[1].Contexts).Pairs);
        Assert.Equal(0, Assert.Single(SharedContexts.Find(pairs, 41)).Prefix);
    }

    [SkippableFact]
    public void TheSameNumbersAsAlone()
    {
        Skip.IfNot(GoldenFolder.Has("trajectories", "base", "config.json"), "trajectories/base is not in the golden folder.");
        using var model = PretrainedModel.Load(GoldenFolder.Under("trajectories", "base"));
        var random = new Random(5);
        int[] Ids(int count) => [.. Enumerable.Range(0, count).Select(_ => random.Next(4, model.Config.VocabularySize))];
        List<(IReadOnlyList<int>, IReadOnlyList<int>)> pairs = [];
        var shots = Ids(20);
        for (var i = 0; i < 5; i++)
        {
            int[] context = [.. shots, .. Ids(1 + i)];
            pairs.AddRange(Enumerable.Range(1, 3).Select(n => ((IReadOnlyList<int>)context, (IReadOnlyList<int>)Ids(n))));
        }

        for (var i = 0; i < 4; i++)
        {
            var context = Ids(3 + (2 * i));
            pairs.AddRange(Enumerable.Range(1, 4).Select(n => ((IReadOnlyList<int>)context, (IReadOnlyList<int>)Ids((n % 3) + 1))));
        }

        pairs.Add((Ids(6), Ids(2)));
        var alone = new LogLikelihoods(model, null, share: false).OfTokens(pairs, CancellationToken.None);
        var shared = new LogLikelihoods(model, null).OfTokens(pairs, CancellationToken.None);
        Assert.Equal(alone.Select(l => (l.Tokens, l.IsGreedy)), shared.Select(l => (l.Tokens, l.IsGreedy)));
        Assert.All(alone.Zip(shared), p => Assert.Equal(p.First.Sum, p.Second.Sum, 1e-4));
    }
}
