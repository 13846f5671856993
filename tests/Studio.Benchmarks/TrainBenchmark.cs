using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Studio.Data;

namespace Studio.Benchmarks;

/// <summary>What one process measured.</summary>
internal sealed record LapResult(string Variant, string Precision, int Steps, long Tokens, long PaddedTokens, long TrainedTokens, double Seconds, double CpuSeconds, double FirstLoss, double LastLoss, long PeakBytes)
{
    public double TokensPerSecond => Tokens / Seconds;
}

/// <summary>
/// Our training loop against a loop as TorchSharp users write it (fp32, padded batches, logits of every position), on the same examples in the same order, by turns, each lap a process of its own.
/// </summary>
internal static class TrainBenchmark
{
    public static int Run(string[] args)
    {
        var rounds = Number(args, "--rounds", 2);
        var steps = Number(args, "--steps", 6);
        List<LapResult> laps = [];
        for (var round = 0; round < rounds; round++)
        {
            foreach (var variant in (string[])["plain", "studio"])
            {
                laps.Add(Lap("--variant", variant, "--steps", steps.ToString(CultureInfo.InvariantCulture)));
                Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{variant}: {laps[^1].TokensPerSecond:F0} tokens/s, peak {laps[^1].PeakBytes / 1e9:F2} GB"));
            }
        }

        List<LapResult> wide = [.. ((string[])["plain", "studio"]).Select(v => Lap("--variant", v, "--steps", "2", "--wide"))];
        Directory.CreateDirectory(BenchmarkFolder.Results);
        File.WriteAllText(Path.Combine(BenchmarkFolder.Results, "train.json"), JsonSerializer.Serialize(new { Processor = Processor(), Threads = Environment.ProcessorCount, Laps = laps, FourRowsOf512 = wide }, StudioJson.Indented) + "\n");
        var text = Text(laps, wide);
        File.WriteAllText(Path.Combine(BenchmarkFolder.Results, "train.md"), text);
        Console.Out.WriteLine(text);
        return 0;
    }

    private static string Text(List<LapResult> laps, List<LapResult> wide)
    {
        LapResult Best(string variant) => laps.Where(l => l.Variant == variant).MaxBy(l => l.TokensPerSecond)!;
        var text = new StringBuilder();
        text.Append("# LoRA training of the bundled model\n\n");
        text.Append(CultureInfo.InvariantCulture, $"SmolLM2-135M-Instruct, rank 16 on all linear layers, AdamW, batch 8, short instruction data of varied length (samples/datasets). {Processor()}, {Environment.ProcessorCount} threads. ");
        text.Append("Both see the same examples in the same order; laps alternate, best of each. Tokens are those of the examples, padding is not counted.\n\n");
        text.Append("| loop | precision of the base | tokens/s | padding | peak memory | loss first / last step |\n|---|---|---|---|---|---|\n");
        foreach (var variant in (string[])["plain", "studio"])
        {
            var lap = Best(variant);
            text.Append(CultureInfo.InvariantCulture, $"| {(variant == "plain" ? "plain TorchSharp" : "Studio")} | {lap.Precision} | {lap.TokensPerSecond:F0} | {100.0 * (lap.PaddedTokens - lap.Tokens) / lap.PaddedTokens:F0} % | {lap.PeakBytes / 1e9:F2} GB | {lap.FirstLoss:F3} / {lap.LastLoss:F3} |\n");
        }

        text.Append(CultureInfo.InvariantCulture, $"\nRatio: {Best("studio").TokensPerSecond / Best("plain").TokensPerSecond:F2}.\n\n");
        text.Append("Four full rows of 512 tokens:\n\n| loop | tokens/s | peak memory |\n|---|---|---|\n");
        foreach (var lap in wide)
        {
            text.Append(CultureInfo.InvariantCulture, $"| {(lap.Variant == "plain" ? "plain TorchSharp" : "Studio")} | {lap.TokensPerSecond:F0} | {lap.PeakBytes / 1e9:F2} GB |\n");
        }

        return text.ToString();
    }

    private static LapResult Lap(params string[] args)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true };
        start.ArgumentList.Add(typeof(TrainBenchmark).Assembly.Location);
        start.ArgumentList.Add("train-lap");
        foreach (var arg in args)
        {
            start.ArgumentList.Add(arg);
        }

        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0
            ? StudioJson.Deserialize<LapResult>(output.Trim().Split('\n')[^1])
            : throw new InvalidOperationException($"a lap ended with code {process.ExitCode}");
    }

    private static int Number(string[] args, string name, int otherwise) =>
        Array.IndexOf(args, name) is >= 0 and var at && at + 1 < args.Length ? int.Parse(args[at + 1], CultureInfo.InvariantCulture) : otherwise;

    internal static string Processor() => File.Exists("/proc/cpuinfo")
        ? File.ReadLines("/proc/cpuinfo").FirstOrDefault(l => l.StartsWith("model name", StringComparison.Ordinal))?.Split(':')[1].Trim() ?? "unknown processor"
        : Environment.GetEnvironmentVariable("PROCESSOR_IDENTIFIER") ?? "unknown processor";
}
