using CsCheck;
using Studio.Training.Batching;

namespace Studio.Training.Tests.Batching;

public sealed class PackingTests
{
    private static readonly Gen<(int[] Lengths, int Max)> Data = Gen.Select(Gen.Int[0, 70].Array[0, 60], Gen.Int[1, 64]);

    [Fact]
    public void Best_fit_with_splitting_keeps_every_token_once_and_no_row_is_too_long() =>
        Data.Sample(d =>
        {
            var rows = Packing.Pack(d.Lengths, d.Max, PackingStrategy.BfdSplit);
            Assert.All(rows, r => Assert.InRange(r.Length, 1, d.Max));
            Assert.Equal(
                d.Lengths.SelectMany((n, i) => Enumerable.Range(0, n).Select(t => (i, t))),
                rows.SelectMany(r => r.Fragments).SelectMany(f => Enumerable.Range(f.Start, f.Count).Select(t => (f.Document, t))).Order());
        });

    [Fact]
    public void Wrapping_fills_every_row_but_the_last() =>
        Data.Sample(d =>
        {
            var rows = Packing.Pack(d.Lengths, d.Max, PackingStrategy.Wrapped);
            Assert.All(rows.SkipLast(1), r => Assert.Equal(d.Max, r.Length));
            Assert.Equal(d.Lengths.Sum(), rows.Sum(r => r.Length));
        });

    [Fact]
    public void An_order_is_a_permutation_that_only_seed_and_epoch_decide()
    {
        var first = SeededOrder.Permutation(100, 7, 0);
        Assert.Equal(Enumerable.Range(0, 100), first.Order());
        Assert.Equal(first, SeededOrder.Permutation(100, 7, 0));
        Assert.NotEqual(first, SeededOrder.Permutation(100, 7, 1));
        Assert.NotEqual(first, SeededOrder.Permutation(100, 8, 0));
    }
}
