using System.Globalization;
using System.Text.RegularExpressions;
using static TorchSharp.torch;

namespace Studio.Training.Checkpoints;

/// <summary>
/// Shows tensors that hold all experts of a layer as one tensor per expert: a path <c>A.experts.3.B.weight</c> reads row 3 of the tensor that <paramref name="stacked"/> names for <c>A.experts</c>, <c>B.weight</c>.
/// </summary>
public sealed partial class SlicedWeights(WeightSource inner, Func<string, string, string?> stacked) : WeightSource
{
    [GeneratedRegex(@"^(?<before>.*\.experts)\.(?<number>\d+)\.(?<after>.+)$")]
    private static partial Regex Expert();

    public override IReadOnlyCollection<string> Names => inner.Names;

    public override IReadOnlyList<string> Files => inner.Files;

    /// <summary>The tensor that holds a name and, for an expert, which row of it.</summary>
    public static (string Name, int? Row) Place(string name, Func<string, string, string?> stacked)
    {
        var match = Expert().Match(name);
        return match.Success && stacked(match.Groups["before"].Value, match.Groups["after"].Value) is { } whole
            ? (whole, int.Parse(match.Groups["number"].Value, CultureInfo.InvariantCulture))
            : (name, null);
    }

    public override bool Contains(string name)
    {
        var (whole, row) = Place(name, stacked);
        return inner.Contains(whole) && (row is null || row < inner.Shape(whole)[0]);
    }

    public override long[] Shape(string name)
    {
        var (whole, row) = Place(name, stacked);
        return row is null ? inner.Shape(whole) : inner.Shape(whole)[1..];
    }

    public override ScalarType Type(string name) => inner.Type(Place(name, stacked).Name);

    public override Tensor Read(string name, ScalarType type)
    {
        var (whole, row) = Place(name, stacked);
        if (row is null)
        {
            return inner.Read(whole, type);
        }

        using var scope = NewDisposeScope();
        return inner.Read(whole, type).select(0, row.Value).clone().MoveToOuterDisposeScope();
    }

    public override void Dispose() => inner.Dispose();
}
