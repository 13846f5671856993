using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Studio.Data;
using Studio.Training.Checkpoints;
using Studio.Training.Evaluation;
using Studio.Training.Native;
using static TorchSharp.torch;

namespace Studio.Benchmarks;

/// <summary>Multiple choice with the keys and values of what contexts share computed once, against a pass per pair of context and choice.</summary>
internal static class ChoicesBenchmark
{
    private const int Choices = 4;

    public static int Run(string[] args)
    {
        var rounds = Array.IndexOf(args, "--rounds") is >= 0 and var at ? int.Parse(args[at + 1], CultureInfo.InvariantCulture) : 1;
        TorchRuntime.Load();
        using var model = PretrainedModel.Load(BenchmarkFolder.Model, new LoadOptions { DType = TorchRuntime.ChooseBaseType("auto", CPU) });
        List<ChoicesLap> laps = [];
        foreach (var (name, shots, items, letters) in new[] { ("no examples, choices as text", 0, 32, false), ("5 examples, choices as text", 5, 32, false), ("5 examples, choices as letters", 5, 16, true) })
        {
            var asked = Items(shots, items, letters);
            double Lap(int count, bool share)
            {
                // Chunks of 16 items, as an evaluation asks them.
                var clock = Stopwatch.StartNew();
                foreach (var chunk in asked.Take(count).Chunk(16))
                {
                    new LogLikelihoods(model, null, share).Of([.. chunk.SelectMany(c => c)], CancellationToken.None);
                }

                return count / clock.Elapsed.TotalSeconds;
            }

            // Two items warm up.
            Lap(2, share: false);
            Lap(2, share: true);
            for (var round = 0; round < rounds; round++)
            {
                foreach (var share in new[] { false, true })
                {
                    laps.Add(new ChoicesLap(name, share ? "shared" : "plain", items, Lap(items, share)));
                    Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name}, {laps[^1].Variant}: {laps[^1].ItemsPerSecond:F2} items/s"));
                }
            }

            // A run that is ended early leaves the tasks it has measured.
            Write(laps);
        }

        return 0;
    }

    private static void Write(List<ChoicesLap> laps)
    {
        Directory.CreateDirectory(BenchmarkFolder.Results);
        File.WriteAllText(Path.Combine(BenchmarkFolder.Results, "choices.json"), JsonSerializer.Serialize(new { Threads = Environment.ProcessorCount, Laps = laps }, StudioJson.Indented) + "\n");
        var text = new StringBuilder("# Multiple choice with shared beginnings\n\nSmolLM2-135M-Instruct, questions with four choices, best of the laps. Plain computes every pair of context and choice on its own (batched, lengths sorted); shared computes common examples, each question and each choice once.\n\n| task | items | plain, items/s | shared, items/s | ratio |\n|---|---|---|---|---|\n");
        foreach (var task in laps.GroupBy(l => l.Task))
        {
            var plain = task.Where(l => l.Variant == "plain").Max(l => l.ItemsPerSecond);
            var shared = task.Where(l => l.Variant == "shared").Max(l => l.ItemsPerSecond);
            text.Append(CultureInfo.InvariantCulture, $"| {task.Key} | {task.First().Items} | {plain:F2} | {shared:F2} | {shared / plain:F1} |\n");
        }

        File.WriteAllText(Path.Combine(BenchmarkFolder.Results, "choices.md"), text.ToString());
        Console.Out.WriteLine(text);
    }

    /// <summary>Questions of the sample pack with the answers to others as wrong choices.</summary>
    private static List<List<(string Context, string Continuation)>> Items(int shots, int count, bool letters)
    {
        var rows = File.ReadLines(Path.Combine(BenchmarkFolder.Root, "samples", "hallucination", "questions.jsonl")).Select(l => JsonNode.Parse(l)!)
            .Where(r => (string)r["kind"]! == "known_fact" && (string)r["language"]! == "en")
            .Select(r => (Question: (string)r["question"]!, Answer: (string)r["answers"]![0]!)).Take(count + shots).ToList();
        string[] Options(int index) => [.. Enumerable.Range(0, Choices).Select(i => rows[(index + (i * 7)) % rows.Count].Answer)];
        string Asked(int index) => letters
            ? $"{rows[index].Question}\n{string.Concat(Options(index).Select((o, i) => $"{(char)('A' + i)}. {o}\n"))}Answer:"
            : $"Question: {rows[index].Question}\nAnswer:";
        var examples = string.Concat(Enumerable.Range(count, shots).Select(i => $"{Asked(i)} {(letters ? "A" : rows[i].Answer)}\n\n"));
        return [.. Enumerable.Range(0, count).Select(i => Options(i).Select((o, c) => (examples + Asked(i), " " + (letters ? ((char)('A' + c)).ToString() : o))).ToList())];
    }

    private sealed record ChoicesLap(string Task, string Variant, int Items, double ItemsPerSecond);
}
