using System.Text.Json.Nodes;
using Studio.Training.Batching;
using Studio.Training.Methods;
using Studio.Training.Native;

namespace Studio.Training.Tests.Batching;

public sealed class BatchingGoldenTests
{
    private const string Set = "batching";

    public static IEnumerable<object[]> PackingCases => GoldenJson.Rows(Set, "packing.json", j => j["cases"]!.AsArray(), (c, i) => $"{i} {c["strategy"]} {c["max_length"]}");

    public static IEnumerable<object[]> GroupCases => GoldenJson.Rows(Set, "length_grouped.json", j => j["cases"]!.AsArray());

    public static IEnumerable<object[]> CollatorCases => GoldenJson.Rows(Set, "collators.json", j => j["cases"]!.AsArray(), (c, i) => $"{i} {c["collator"]} {c["options"]!.ToJsonString()}");

    [SkippableTheory]
    [MemberData(nameof(PackingCases))]
    public void Rows_are_packed_as_the_reference_packs(int index, string name)
    {
        Skip.If(index < 0, name);
        var test = GoldenJson.Read(Set, "packing.json")["cases"]![index]!;
        var rows = Packing.Pack(test["lengths"].Ints(), (int)test["max_length"]!, Packing.Parse((string)test["strategy"]!));
        var expected = test["rows"]!.AsArray();
        Assert.Equal(expected.Count, rows.Count);
        for (var r = 0; r < rows.Count; r++)
        {
            Assert.Equal(
                expected[r]!["fragments"]!.AsArray().Select(f => (f.Ints()[0], f.Ints()[1], f.Ints()[2])),
                rows[r].Fragments.Select(f => (f.Document, f.Start, f.Count)));
            Assert.Equal((int)expected[r]!["length"]!, rows[r].Length);
            if (expected[r]!["seq_lengths"] is JsonArray lengths)
            {
                Assert.Equal(lengths.Ints(), rows[r].Fragments.Select(f => f.Count));
            }
        }
    }

    [SkippableTheory]
    [MemberData(nameof(GroupCases))]
    public void Neighbours_are_grouped_by_length_as_the_reference_groups(int index, string name)
    {
        Skip.If(index < 0, name);
        var test = GoldenJson.Read(Set, "length_grouped.json")["cases"]![index]!;
        var order = LengthBuckets.Group(test["lengths"].Ints(), (int)test["batch_size"]!, test["permutation"].Ints(), (int?)test["mega_batch_mult"]);
        Assert.Equal(test["indices"].Ints(), order);
    }

    [SkippableTheory]
    [MemberData(nameof(CollatorCases))]
    public void Rows_are_laid_out_as_the_reference_lays_them(int index, string name)
    {
        Skip.If(index < 0, name);
        var test = GoldenJson.Read(Set, "collators.json")["cases"]![index]!;
        Skip.If((string)test["collator"]! == "reward", $"{name}: reward models take whole sequences, which their trajectory covers");
        Skip.If((string?)test["options"]!["truncation_mode"] == "keep_end", $"{name}: answers are cut at their end alone");
        var examples = test["examples"]!.AsArray();
        var output = test["output"]!;
        if ((string)test["collator"]! is "dpo" or "kto")
        {
            TorchRuntime.Load();
            AnswerTokens[] Of(string answer) => [.. examples.Select(e => Cut(e!["prompt_ids"].Ints(), e[answer].Ints(), (int?)test["options"]!["max_length"]))];
            if ((string)test["collator"]! == "dpo")
            {
                SameTokens(output, "", [.. Of("chosen_ids"), .. Of("rejected_ids")]);
                return;
            }

            SameTokens(output, "", Of("completion_ids"));
            SameTokens(output, "KL_", Of("KL_completion_ids"));
            return;
        }
        if ((bool?)test["options"]!["padding_free"] == true)
        {
            var flat = Collation.Flatten([.. examples.Select(e => ((IReadOnlyList<int>)e!["input_ids"].Ints(), (IReadOnlyList<int>)e["labels"].Ints(), (IReadOnlyList<int>?)(e["seq_lengths"] is null ? null : e["seq_lengths"].Ints())))]);
            Assert.Equal(output["input_ids"]![0].Ints(), flat.Ids.Select(v => (int)v));
            Assert.Equal(output["labels"]![0].Ints(), flat.Labels.Select(v => (int)v));
            Assert.Equal(output["position_ids"]![0].Ints(), flat.Positions.Select(v => (int)v));
            Assert.Equal(output["cu_seq_lens_q"].Ints(), flat.CumulativeLengths);
            Assert.Equal((int)output["max_length_q"]!, flat.Segments.Max());
            return;
        }

        var multiple = (int?)test["options"]!["pad_to_multiple_of"] ?? 1;
        Check(output["input_ids"]!, Collation.Pad([.. examples.Select(e => e!["input_ids"].Ints())], 0, multiple: multiple));
        Check(output["labels"]!, Collation.Pad([.. examples.Select(e => e!["labels"].Ints())], Collation.Ignored, multiple: multiple));
        Check(output["attention_mask"]!, Collation.Mask([.. examples.Select(e => e!["input_ids"]!.AsArray().Count)], multiple: multiple));
    }

    [SkippableFact]
    public void Padding_splitting_and_rotation_follow_the_reference()
    {
        Skip.IfNot(Studio.Testing.GoldenFolder.Has(Set, "others.json"), "batching/others.json is absent");
        var cases = GoldenJson.Read(Set, "others.json")["cases"]!;
        foreach (var pad in cases["pad"]!.AsArray())
        {
            Check(pad!["output"]!, Collation.Pad([.. pad["rows"]!.AsArray().Select(r => r.Ints())], (int)pad["padding_value"]!, (string)pad["padding_side"]! == "left", (int?)pad["pad_to_multiple_of"] ?? 1));
        }

        var repeat = cases["repeat_sampler"]!;
        Assert.Equal(repeat["indices"].Ints(), Samplers.Repeat([.. Enumerable.Range(0, (int)repeat["num_samples"]!)], (int)repeat["mini_repeat_count"]!, (int)repeat["batch_size"]!, (int)repeat["repeat_count"]!));

        var flush = cases["flush_left"]!;
        var (mask, values) = Collation.FlushLeft(Collation.Pad([.. flush["mask"]!.AsArray().Select(r => r.Ints())], 0), Collation.Pad([.. flush["tensor"]!.AsArray().Select(r => r.Ints())], 0));
        Check(flush["out_mask"]!, mask);
        Check(flush["out_tensor"]!, values);

        var split = cases["split_tensor_dict"]!;
        var parts = Samplers.Split([.. split["x"]!.AsArray().Select(r => r.Ints())], (int)split["num_chunks"]!);
        Assert.Equal(split["output"]!.AsArray().Select(p => p!.AsArray().Select(r => r.Ints()).ToArray()), parts);

        var rotation = cases["kto_kl_rotation"]!;
        var completions = rotation["completions"]!.AsArray();
        var rotated = Samplers.Rotate(completions.Count, (int)rotation["batch_size"]!).Select(i => completions[i].Ints());
        Assert.Equal(rotation["output"]!.AsArray().Select(r => r.Ints()), rotated);
    }

    private static AnswerTokens Cut(int[] prompt, int[] answer, int? most) => new(prompt, answer[..Math.Min(answer.Length, most - prompt.Length ?? answer.Length)]);

    // Ours are laid end to end without padding: the same real tokens in the same order, and the same ones scored.
    private static void SameTokens(JsonNode output, string prefix, AnswerTokens[] sequences)
    {
        int[] Marked(string mask) => [.. output[prefix + "input_ids"]!.AsArray().Zip(output[prefix + mask]!.AsArray(), (ids, marks) => ids.Ints().Zip(marks.Ints()).Where(t => t.Second == 1).Select(t => t.First)).SelectMany(t => t)];
        using var batch = AnswerBatch.Of(sequences, [], TorchSharp.torch.CPU, share: false);
        Assert.Equal(Marked("attention_mask"), batch.Ids.data<long>().ToArray().Select(i => (int)i));
        Assert.Equal(Marked("completion_mask"), batch.Targets.data<long>().ToArray().Select(i => (int)i));
    }

    private static void Check(JsonNode expected, Grid actual) =>
        Assert.Equal(expected.AsArray().Select(r => r.Ints()), actual.ToRows().Select(r => r.Select(v => (int)v).ToArray()));
}
