using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using Studio.Testing;
using Studio.Training.Generation;
using Studio.Training.Generation.Processors;

namespace Studio.Training.Tests.Golden;

/// <summary>Logits processors and stop strings against transformers.</summary>
public sealed class SamplingGoldenTests
{
    public static IEnumerable<object[]> ProcessorCases() => GoldenFolder.Rows(Cases("processors.json").Select(c => (string)c!["name"]!));

    public static IEnumerable<object[]> StopCases() => GoldenFolder.Rows(Cases("stop_strings.json").Select((_, i) => $"{i}"));

    [SkippableTheory]
    [MemberData(nameof(ProcessorCases))]
    public void Processors(string name)
    {
        Skip.If(name.Length == 0, "The golden folder has no set sampling.");
        var file = JsonNode.Parse(File.ReadAllText(GoldenFolder.Under("sampling", "processors.json")))!;
        var node = Cases("processors.json").First(c => (string)c!["name"]! == name)!;
        var tensors = PlainSafeTensors.Read(GoldenFolder.Under("sampling", "processors.safetensors"));
        var vocabulary = (int)file["vocab"]!;
        var logits = tensors.Floats("logits");
        var ids = tensors.Ints("input_ids");
        var mask = tensors.Ints("attention_mask");
        var options = node["options"]!.AsObject();
        var promptLength = (int?)options["prompt_length"] ?? (int)file["prompt_length"]!;
        var chain = LogitsProcessors.Chain(Read(options));
        var expected = tensors.Floats($"{name}/scores");
        var expectedProbabilities = tensors.Floats($"{name}/probs");
        var rows = logits.Length / vocabulary;
        var width = ids.Length / rows;
        for (var row = 0; row < rows; row++)
        {
            var scores = logits.AsSpan(row * vocabulary, vocabulary).ToArray();
            var history = ids.AsSpan(row * width, width).ToArray();
            var padding = mask.AsSpan(row * width, width).ToArray().TakeWhile(m => m == 0).Count();
            foreach (var processor in chain)
            {
                processor.Apply(scores, new LogitsContext(history, promptLength, padding, [(int)file["eos_token_id"]!]));
            }

            var input = logits.AsSpan(row * vocabulary, vocabulary).ToArray();
            var want = expected.AsSpan(row * vocabulary, vocabulary).ToArray();
            var wantProbabilities = expectedProbabilities.AsSpan(row * vocabulary, vocabulary).ToArray();
            if (options.ContainsKey("top_h") && input.Distinct().Count() == 1)
            {
                // On a flat row the number that stays hangs on the rounding of a sum of equal terms.
                continue;
            }

            if (CutsThroughTies(node["chain"]!.AsArray()))
            {
                // Which of several equal tokens is removed depends on the reference's sort: compare how many of them are.
                foreach (var tie in Enumerable.Range(0, vocabulary).GroupBy(i => input[i]).Where(g => g.Count() > 1))
                {
                    var members = tie.ToArray();
                    var mine = members.Select(i => scores[i]).Order().ToArray();
                    var theirs = members.Select(i => want[i]).Order().ToArray();
                    var probabilities = members.Select(i => wantProbabilities[i]).Order().ToArray();
                    for (var i = 0; i < members.Length; i++)
                    {
                        (scores[members[i]], want[members[i]], wantProbabilities[members[i]]) = (mine[i], theirs[i], probabilities[i]);
                    }
                }
            }

            var max = scores.Max();
            var sum = scores.Sum(s => Math.Exp(s - max));
            for (var i = 0; i < vocabulary; i++)
            {
                Assert.True(float.IsNegativeInfinity(want[i]) == float.IsNegativeInfinity(scores[i]), $"row {row}, id {i}: {scores[i]} instead of {want[i]}");
                if (!float.IsNegativeInfinity(want[i]))
                {
                    Assert.True(Math.Abs(want[i] - scores[i]) <= 1e-5 * Math.Max(1, Math.Abs(want[i])), $"row {row}, id {i}: {scores[i]} instead of {want[i]}");
                }

                Assert.Equal(wantProbabilities[i], Math.Exp(scores[i] - max) / sum, 2e-6);
            }
        }
    }

    [SkippableTheory]
    [MemberData(nameof(StopCases))]
    public void StopStringsCase(string index)
    {
        Skip.If(index.Length == 0, "The golden folder has no set sampling.");
        var node = Cases("stop_strings.json")[int.Parse(index, System.Globalization.CultureInfo.InvariantCulture)]!;
        var pieces = node["pieces"]!.AsArray().Select(p => (string)p!).ToList();
        Skip.If(pieces.Any(p => p.Contains('\uFFFD', StringComparison.Ordinal)), "Pieces that are parts of characters are covered by the streaming tests.");
        var stops = node["stop_strings"]!.AsArray().Select(p => (string)p!).ToList();
        var done = node["done_after_each_token"]!.AsArray().Select(d => (bool)d!).ToList();
        var search = new StopStrings(stops);
        var text = "";
        for (var i = 0; i < pieces.Count; i++)
        {
            text += pieces[i];
            Assert.Equal(done[i], search.Find(text, pieces[i].Length) >= 0);
        }
    }

    private static bool CutsThroughTies(JsonArray chain) =>
        chain.Any(c => (string)c! is "TopPLogitsWarper" or "TypicalLogitsWarper" or "TopHLogitsWarper");

    private static JsonArray Cases(string file) =>
        GoldenFolder.Has("sampling", file) ? JsonNode.Parse(File.ReadAllText(GoldenFolder.Under("sampling", file)))!["cases"]!.AsArray() : [];

    private static SamplingOptions Read(JsonObject o)
    {
        static IReadOnlyList<int> Ids(JsonNode? node) => node is null ? [] : [.. node.AsArray().Select(i => (int)i!)];
        var decay = o["exponential_decay_length_penalty"]?.AsArray();
        return new SamplingOptions
        {
            DoSample = (bool?)o["do_sample"] ?? true,
            Temperature = (double?)o["temperature"] ?? 1,
            TopK = (int?)o["top_k"] ?? 0,
            TopP = (double?)o["top_p"] ?? 1,
            MinP = (double?)o["min_p"],
            TypicalP = (double?)o["typical_p"],
            TopH = (double?)o["top_h"],
            EpsilonCutoff = (double?)o["epsilon_cutoff"],
            EtaCutoff = (double?)o["eta_cutoff"],
            RepetitionPenalty = (double?)o["repetition_penalty"] ?? 1,
            FrequencyPenalty = (double?)o["frequency_penalty"] ?? 0,
            PresencePenalty = (double?)o["presence_penalty"] ?? 0,
            NoRepeatNgramSize = (int?)o["no_repeat_ngram_size"] ?? 0,
            BadWordsIds = o["bad_words_ids"] is JsonArray bad ? [.. bad.Select(b => Ids(b))] : [],
            LogitBias = o["logit_bias"] is JsonObject bias ? bias.ToDictionary(b => int.Parse(b.Key, System.Globalization.CultureInfo.InvariantCulture), b => (double)b.Value!) : new Dictionary<int, double>(),
            SequenceBias = o["sequence_bias_list"] is JsonArray list ? [.. list.Select(s => (Ids(s![0]), (double)s[1]!))] : [],
            MinLength = (int?)o["min_length"] ?? 0,
            MinNewTokens = (int?)o["min_new_tokens"] ?? 0,
            SuppressTokens = Ids(o["suppress_tokens"]),
            BeginSuppressTokens = Ids(o["begin_suppress_tokens"]),
            ExponentialDecayLengthPenalty = decay is null ? null : ((int)decay[0]!, (double)decay[1]!),
            RenormalizeLogits = (bool?)o["renormalize_logits"] ?? false,
            MinTokensToKeep = (int?)o["num_beams"] is > 1 ? 2 : 1,
        };
    }
}

/// <summary>Reads a safetensors file without the trainer's own reader, so that a fault in that one cannot hide a fault here.</summary>
internal sealed class PlainSafeTensors
{
    private readonly byte[] _data;
    private readonly JsonObject _header;
    private readonly int _start;

    private PlainSafeTensors(byte[] data)
    {
        _data = data;
        var length = (int)BitConverter.ToUInt64(data, 0);
        _header = JsonNode.Parse(data.AsSpan(8, length))!.AsObject();
        _start = 8 + length;
    }

    public static PlainSafeTensors Read(string path) => new(File.ReadAllBytes(path));

    public float[] Floats(string name) => MemoryMarshal.Cast<byte, float>(Bytes(name, "F32")).ToArray();

    public int[] Ints(string name) => MemoryMarshal.Cast<byte, int>(Bytes(name, "I32")).ToArray();

    private ReadOnlySpan<byte> Bytes(string name, string type)
    {
        var entry = _header[name] ?? throw new JsonException($"No tensor {name}.");
        Assert.Equal(type, (string)entry["dtype"]!);
        var offsets = entry["data_offsets"]!.AsArray();
        return _data.AsSpan(_start + (int)offsets[0]!, (int)offsets[1]! - (int)offsets[0]!);
    }
}
