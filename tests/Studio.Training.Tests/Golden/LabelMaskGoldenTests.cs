using System.IO.Compression;
using System.Text.Json.Nodes;
using Studio.Data;
using Studio.Data.Examples;
using Studio.Testing;
using Studio.Training.Batching;
using Studio.Training.Checkpoints;
using Studio.Training.Commands;
using Studio.Training.Templates;
using Studio.Training.Tokenizers;

namespace Studio.Training.Tests.Golden;

/// <summary>Which tokens are learned, against transformers (<c>chat_templates/token_masks.jsonl</c>) and TRL (<c>batching/sft_prepare.json</c>, the chat run of <c>trajectories</c>).</summary>
public class LabelMaskGoldenTests
{
    private static readonly Dictionary<string, string> tokens = new() { ["bos_token"] = "<s>", ["eos_token"] = "</s>", ["unk_token"] = "<unk>", ["pad_token"] = "<pad>" };

    public static IEnumerable<object[]> MaskCases() => GoldenFolder.Rows(GoldenFolder.Has("chat_templates", "token_masks.jsonl")
        ? File.ReadLines(GoldenFolder.Under("chat_templates", "token_masks.jsonl")).Select(line => JsonNode.Parse(line)!).Select(row => $"{row["tokenizer"]} {row["template"]}").Distinct()
        : []);

    public static IEnumerable<object[]> PrepareCases() => GoldenJson.Rows("batching", "sft_prepare.json", j => j["cases"]!.AsArray(), (c, i) => $"{i} {c["options"]!.ToJsonString()}");

    [SkippableTheory]
    [MemberData(nameof(MaskCases))]
    public void Learned_tokens_are_those_of_the_assistant_mask(string name)
    {
        Skip.If(name.Length == 0, "chat_templates/token_masks.jsonl is not in the golden folder.");
        var (tokenizerName, templateName) = (name.Split(' ')[0], name.Split(' ')[1]);
        Skip.IfNot(GoldenFolder.Has("tokenizers", "real"), "The real tokenizers are not in the golden folder.");
        var tokenizer = LoadTokenizer(tokenizerName);
        var template = new ChatTemplate(System.Text.Encoding.UTF8.GetString(File.ReadAllBytes(GoldenFolder.Under("chat_templates", "templates", templateName + ".jinja"))));
        var conversations = File.ReadLines(GoldenFolder.Under("chat_templates", "conversations.jsonl")).Select(line => JsonNode.Parse(line)!.AsObject()).ToDictionary(row => row["name"]!.GetValue<string>());
        foreach (var row in File.ReadLines(GoldenFolder.Under("chat_templates", "token_masks.jsonl")).Select(line => JsonNode.Parse(line)!).Where(row => $"{row["tokenizer"]} {row["template"]}" == name))
        {
            var conversation = row["conversation"]!.GetValue<string>();
            var rendered = template.Render(conversations[conversation]["messages"]!.AsArray(), RenderCommand.Options(conversations[conversation], tokens, new DateTime(2025, 1, 29, 9, 5, 7)));
            var encoding = tokenizer.Encode(rendered.Text, addSpecialTokens: false);
            Assert.Equal(row["ids"].Ints(), encoding.Ids);
            var mask = LabelMask.OfSpans(encoding, rendered.AssistantSpans);
            Assert.Equal((conversation, row["assistant_mask"]!.GetValue<string>()), (conversation, string.Concat(mask.Select(learned => learned ? '1' : '0'))));
        }
    }

    [SkippableTheory]
    [MemberData(nameof(PrepareCases))]
    public void Rows_are_prepared_as_the_reference_prepares_them(int index, string name)
    {
        Skip.If(index < 0, name);
        var test = GoldenJson.Read("batching", "sft_prepare.json")["cases"]![index]!;
        var options = test["options"]!;
        var maxLength = (int?)options["max_length"] ?? int.MaxValue;
        var all = test["input"]!.AsArray().Select(row => LabelMask.Apply(row!["input_ids"].Ints(), [.. row["completion_mask"].Ints().Select(learned => learned == 1 || (bool?)options["completion_only_loss"] == false)])).ToList();
        var rows = all;
        if ((bool?)options["packing"] == true)
        {
            var packed = Packing.Pack([.. all.Select(row => row.Ids.Length)], maxLength, Packing.Parse((string?)options["packing_strategy"] ?? "bfd"));
            rows = [.. packed.Select(row => new LabelledTokens([.. Parts(row, each => each.Ids)], [.. Parts(row, each => each.Labels)]))];
            IEnumerable<int> Parts(PackedRow row, Func<LabelledTokens, int[]> part) => row.Fragments.SelectMany(f => part(all[f.Document]).Skip(f.Start).Take(f.Count));
        }
        else
        {
            rows = [.. rows.Select(row => LabelMask.Cut(row, maxLength, (string?)options["truncation_mode"] == "keep_end")).Where(row => LabelMask.Learned(row) > 0)];
        }

        var expected = test["output"]!.AsArray();
        Assert.Equal(expected.Select(row => row!["input_ids"].Ints()), rows.Select(row => row.Ids));
        Assert.Equal(expected.Select(row => row!["labels"].Ints()), rows.Select(row => row.Labels));
    }

    [SkippableFact]
    public void Chat_rows_are_tokenised_as_the_reference_trainer_does()
    {
        Skip.IfNot(GoldenFolder.Has("trajectories", "runs", "sft_assistant", "data.jsonl"), "trajectories is not in the golden folder.");
        var model = ModelText.Load(GoldenFolder.Under("trajectories", "base"));
        var tokenizer = new ExampleTokenizer(model);
        var data = File.ReadAllLines(GoldenFolder.Under("trajectories", "runs", "sft_assistant", "data.jsonl"));
        var expected = File.ReadAllLines(GoldenFolder.Under("trajectories", "runs", "sft_assistant", "tokenized.jsonl"));
        for (var i = 0; i < expected.Length; i++)
        {
            var row = tokenizer.Tokenize(new ChatExample { Messages = StudioJson.Deserialize<Message[]>(JsonNode.Parse(data[i])!["messages"]!.ToJsonString()) });
            Assert.Equal(JsonNode.Parse(expected[i])!["input_ids"].Ints(), row.Ids);
            Assert.Equal(JsonNode.Parse(expected[i])!["labels"].Ints(), row.Labels);
            Assert.Null(row.Weights);
        }
    }

    private static Tokenizer LoadTokenizer(string name)
    {
        var plain = GoldenFolder.Under("tokenizers", "real", name + ".tokenizer.json");
        if (File.Exists(plain))
        {
            return Tokenizer.Parse(File.ReadAllBytes(plain), name);
        }

        using var stream = new GZipStream(File.OpenRead(plain + ".gz"), CompressionMode.Decompress);
        using var memory = new MemoryStream();
        stream.CopyTo(memory);
        return Tokenizer.Parse(memory.ToArray(), name);
    }
}
