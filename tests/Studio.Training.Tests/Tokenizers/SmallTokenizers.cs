using System.Text.Json;
using System.Text.Json.Nodes;
using Studio.Training.Tokenizers;
using Studio.Training.Tokenizers.Texts;

namespace Studio.Training.Tests.Tokenizers;

/// <summary>Tokenizers made in memory for tests.</summary>
internal static class SmallTokenizers
{
    /// <summary>Byte-level BPE over the 256 letters, a few merges and two special tokens.</summary>
    public static JsonObject ByteLevel()
    {
        var vocabulary = new JsonObject();
        foreach (var letter in ByteAlphabet.Letters)
        {
            vocabulary[char.ConvertFromUtf32(letter)] = vocabulary.Count;
        }

        var merges = new JsonArray();
        foreach (var (left, right) in new[] { ("h", "e"), ("l", "l"), ("he", "ll"), ("hell", "o"), ("Ġ", "w"), ("Ġ", "Ġ"), ("ĠĠ", "ĠĠ"), ("a", "a"), ("aa", "aa") })
        {
            vocabulary[left + right] = vocabulary.Count;
            merges.Add(new JsonArray(left, right));
        }

        return new JsonObject
        {
            ["added_tokens"] = new JsonArray(Added(vocabulary.Count, "<|end|>", special: true), Added(vocabulary.Count + 1, "<think>", special: false)),
            ["normalizer"] = null,
            ["pre_tokenizer"] = new JsonObject { ["type"] = "ByteLevel", ["add_prefix_space"] = false, ["use_regex"] = true },
            ["post_processor"] = null,
            ["decoder"] = new JsonObject { ["type"] = "ByteLevel" },
            ["model"] = new JsonObject { ["type"] = "BPE", ["vocab"] = vocabulary, ["merges"] = merges },
        };
    }

    private static JsonObject Added(int id, string content, bool special) => new()
    {
        ["id"] = id,
        ["content"] = content,
        ["single_word"] = false,
        ["lstrip"] = false,
        ["rstrip"] = false,
        ["normalized"] = false,
        ["special"] = special,
    };

    public static Tokenizer Load(JsonNode json) => Tokenizer.Parse(JsonSerializer.SerializeToUtf8Bytes(json), "tokenizer.json");
}
