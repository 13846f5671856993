using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using TorchSharp;
using static TorchSharp.torch;

namespace Studio.Training.Native;

/// <summary>Measures matrix products in fp32 and bf16 on this CPU, once; the result is kept in the user cache under the processor's name.</summary>
internal static class BaseTypeProbe
{
    /// <summary>GFLOP/s in fp32 and bf16, and whether they were read from the cache.</summary>
    public static (double Single, double Half, bool Remembered) Rates()
    {
        var key = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Processor() + "|" + get_num_threads().ToString(CultureInfo.InvariantCulture) + "|" + typeof(torch).Assembly.GetName().Version)))[..16];
        var name = $"base-type-{key}.txt";
        var path = Path.Combine(UserCache.Folder, name);
        if (File.Exists(path) && File.ReadAllText(path).Split(' ') is [var a, var b]
            && double.TryParse(a, CultureInfo.InvariantCulture, out var known) && double.TryParse(b, CultureInfo.InvariantCulture, out var knownHalf))
        {
            return (known, knownHalf, true);
        }

        var single = Measure(ScalarType.Float32);
        var half = Measure(ScalarType.BFloat16);
        try
        {
            UserCache.Write(name, Encoding.ASCII.GetBytes(FormattableString.Invariant($"{single:F1} {half:F1}")));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The measurement is only remembered to save its quarter of a second.
        }

        return (single, half, false);
    }

    private static double Measure(ScalarType type)
    {
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        const int Rows = 512, Inner = 768, Columns = 2048;
        var x = randn([Rows, Inner]).to_type(type);
        var w = randn([Columns, Inner]).to_type(type);
        var best = double.MaxValue;
        var spent = Stopwatch.StartNew();
        for (var i = 0; i < 12 && (i < 3 || spent.ElapsedMilliseconds < 150); i++)
        {
            var start = Stopwatch.GetTimestamp();
            nn.functional.linear(x, w).Dispose();
            if (i > 0)
            {
                best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalSeconds);
            }
        }

        return 2.0 * Rows * Inner * Columns / best / 1e9;
    }

    private static string Processor()
    {
        const string Info = "/proc/cpuinfo";
        if (File.Exists(Info))
        {
            var lines = File.ReadLines(Info).TakeWhile(l => l.Length > 0).Where(l => l.StartsWith("model name", StringComparison.Ordinal) || l.StartsWith("flags", StringComparison.Ordinal));
            return string.Join('|', lines);
        }

        return Environment.GetEnvironmentVariable("PROCESSOR_IDENTIFIER") ?? System.Runtime.InteropServices.RuntimeInformation.OSDescription;
    }
}
