using System.Collections.Concurrent;
using TorchSharp;

namespace Studio.Training.Native;

/// <summary>
/// Numbers for TorchSharp operators, kept alive for good.
/// TorchSharp's implicit conversion from double makes a temporary that the collector may free while the native call still reads it, which corrupts the number; every scalar of a hot path comes from here.
/// </summary>
public static class Scalars
{
    public static Scalar Zero { get; } = 0.0.ToScalar();
    public static Scalar One { get; } = 1.0.ToScalar();
    public static Scalar MinusOne { get; } = (-1.0).ToScalar();
    public static Scalar MinusInfinity { get; } = double.NegativeInfinity.ToScalar();

    private const int Limit = 65536;
    private static readonly ConcurrentDictionary<double, Scalar> Doubles = new();
    private static readonly ConcurrentDictionary<long, Scalar> Integers = new();
    private static readonly ConcurrentQueue<Scalar> Recent = new();

    /// <summary>The scalar of <paramref name="value"/>; kept for good, or, past some ten thousand distinct values, for the next ten thousand.</summary>
    public static Scalar Of(double value)
    {
        if (Doubles.TryGetValue(value, out var known))
        {
            return known;
        }

        if (Doubles.Count < Limit)
        {
            return Doubles.GetOrAdd(value, static v => v.ToScalar());
        }

        // A learning rate that changes every step must not grow the table without end.
        var fresh = value.ToScalar();
        Recent.Enqueue(fresh);
        while (Recent.Count > Limit && Recent.TryDequeue(out _))
        {
        }

        return fresh;
    }

    /// <summary>The integer scalar of <paramref name="value"/>.</summary>
    public static Scalar Of(long value) => Integers.TryGetValue(value, out var known) ? known : Integers.GetOrAdd(value, static v => v.ToScalar());
}
