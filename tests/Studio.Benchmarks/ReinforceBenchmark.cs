using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Studio.Data;

namespace Studio.Benchmarks;

/// <summary>Reinforcement on the bundled model: speed of sampling against one request after the other, where a GRPO step spends its time, memory of PPO against supervised fine-tuning. Each lap is a process of its own.</summary>
internal static class ReinforceBenchmark
{
    public static int Run()
    {
        Dictionary<string, Dictionary<string, double>> laps = [];
        var judge = Directory.CreateTempSubdirectory("studio-judge-").FullName;
        try
        {
            // PPO is judged by the reward adapter that the lap before it trains.
            foreach (var lap in (string[])["rollouts", "grpo", "sft", "reward", "ppo"])
            {
                laps[lap] = Lap(lap, judge);
                Console.Error.WriteLine($"{lap}: {StudioJson.Serialize(laps[lap])}");
            }
        }
        finally
        {
            Directory.Delete(judge, recursive: true);
        }

        Directory.CreateDirectory(BenchmarkFolder.Results);
        File.WriteAllText(Path.Combine(BenchmarkFolder.Results, "reinforce.json"), JsonSerializer.Serialize(new { Processor = TrainBenchmark.Processor(), Threads = Environment.ProcessorCount, Laps = laps }, StudioJson.Indented) + "\n");
        var text = Text(laps);
        File.WriteAllText(Path.Combine(BenchmarkFolder.Results, "reinforce.md"), text);
        Console.Out.WriteLine(text);
        return 0;
    }

    private static string Text(Dictionary<string, Dictionary<string, double>> laps)
    {
        var (rollouts, grpo, sft, ppo) = (laps["rollouts"], laps["grpo"], laps["sft"], laps["ppo"]);
        var text = new StringBuilder();
        text.Append("# Reinforcement on the bundled model\n\n");
        text.Append(CultureInfo.InvariantCulture, $"SmolLM2-135M-Instruct, rank 16 on all linear layers, prompts of samples/refusal. {TrainBenchmark.Processor()}, {Environment.ProcessorCount} threads.\n\n");
        text.Append(CultureInfo.InvariantCulture, $"Sampling {ReinforceLap.Prompts} prompts x {ReinforceLap.Answers} answers of {ReinforceLap.AnswerTokens} tokens through the serving engine:\n\n| way | tokens/s |\n|---|---|\n");
        text.Append(CultureInfo.InvariantCulture, $"| one request after the other | {rollouts["single_tokens_per_second"]:F0} |\n| batched, prompt shared by its answers | {rollouts["batched_tokens_per_second"]:F0} |\n\n");
        text.Append(CultureInfo.InvariantCulture, $"Ratio: {rollouts["batched_tokens_per_second"] / rollouts["single_tokens_per_second"]:F1}.\n\n");
        text.Append(CultureInfo.InvariantCulture, $"One GRPO step with {ReinforceLap.Prompts * ReinforceLap.Answers} answers ({grpo["mean_length"]:F0} tokens on average), seconds:\n\n| rollout | reward | update | step |\n|---|---|---|---|\n");
        text.Append(CultureInfo.InvariantCulture, $"| {grpo["rollout_seconds"]:F2} | {grpo["reward_seconds"]:F3} | {grpo["update_seconds"]:F2} | {grpo["step_seconds"]:F2} |\n\n");
        text.Append("Memory with four rows per micro-batch; PPO keeps policy, critic, reward model (a rank 16 adapter with a head) and reference on one base:\n\n| method | peak memory |\n|---|---|\n");
        text.Append(CultureInfo.InvariantCulture, $"| SFT | {sft["peak_bytes"] / 1e9:F2} GB |\n| PPO | {ppo["peak_bytes"] / 1e9:F2} GB |\n\nRatio: {ppo["peak_bytes"] / sft["peak_bytes"]:F2}.\n");
        return text.ToString();
    }

    private static Dictionary<string, double> Lap(string name, string judge)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true };
        start.ArgumentList.Add(typeof(ReinforceBenchmark).Assembly.Location);
        start.ArgumentList.Add("reinforce-lap");
        start.ArgumentList.Add(name);
        start.ArgumentList.Add(judge);
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0
            ? StudioJson.Deserialize<Dictionary<string, double>>(output.Trim().Split('\n')[^1])
            : throw new InvalidOperationException($"the lap {name} ended with code {process.ExitCode}");
    }
}
