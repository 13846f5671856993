using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Studio.Training.Tokenizers.SentencePiece;

namespace Studio.Training.Tokenizers.Gguf;

/// <summary>
/// Writes the byte-level tokenizer of a GGUF file as tokenizer.json and tokenizer_config.json, so that a model exported from it is whole for programs that read Hugging Face folders.
/// </summary>
public static class GgufTokenizerFiles
{
    private const string Prefix = "tokenizer.ggml.";

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Writes the files; returns why it could not, or null when it did.</summary>
    /// <param name="values">Metadata of the GGUF file.</param>
    /// <param name="file">Its name, for messages.</param>
    /// <param name="contextLength">Tokens the model reads at most.</param>
    public static string? Write(string folder, IReadOnlyDictionary<string, object> values, string file, int contextLength)
    {
        var metadata = new GgufMetadata(values, file);
        if (metadata.Text(Prefix + "model") != "gpt2")
        {
            return $"a tokenizer of the kind {metadata.Text(Prefix + "model")} cannot be written as tokenizer.json";
        }

        var name = metadata.Text(Prefix + "pre") ?? "default";
        if (!GgufPreTokenizer.Members.TryGetValue(name, out var make) || make() is not { ByteLetters: true, EscapeSpaces: false, GroupDigitsFromRight: false } split)
        {
            return $"the pre-tokenizer {name} has no counterpart in tokenizer.json";
        }

        var vocabulary = new GgufVocabulary(metadata);
        var tokenizer = GgufTokenizer.Read(values, file);
        File.WriteAllText(Path.Combine(folder, "tokenizer.json"), Tokenizer(metadata, vocabulary, split, tokenizer.SpecialTokens).ToJsonString(Indented));
        File.WriteAllText(Path.Combine(folder, "tokenizer_config.json"), Configuration(tokenizer.SpecialTokens, contextLength).ToJsonString(Indented));
        return null;
    }

    private static JsonObject Tokenizer(GgufMetadata metadata, GgufVocabulary vocabulary, GgufPreTokenizer split, SpecialTokens special)
    {
        JsonObject vocab = [];
        JsonArray added = [];
        for (var id = 0; id < vocabulary.Tokens.Length; id++)
        {
            vocab.TryAdd(vocabulary.Tokens[id], id);
            if (vocabulary.Types[id] is PieceType.Control or PieceType.UserDefined)
            {
                added.Add(new JsonObject
                {
                    ["id"] = id,
                    ["content"] = vocabulary.Tokens[id],
                    ["single_word"] = false,
                    ["lstrip"] = false,
                    ["rstrip"] = false,
                    ["normalized"] = false,
                    ["special"] = vocabulary.Types[id] == PieceType.Control,
                });
            }
        }

        return new JsonObject
        {
            ["version"] = "1.0",
            ["truncation"] = null,
            ["padding"] = null,
            ["added_tokens"] = added,
            ["normalizer"] = null,
            ["pre_tokenizer"] = new JsonObject { ["type"] = "Sequence", ["pretokenizers"] = new JsonArray([.. split.Patterns.Select(Split), ByteLevel(useRegex: false)]) },
            ["post_processor"] = Beginning(metadata, split, special, vocabulary) ?? ByteLevel(useRegex: true),
            ["decoder"] = ByteLevel(useRegex: true),
            ["model"] = new JsonObject
            {
                ["type"] = "BPE",
                ["dropout"] = null,
                ["unk_token"] = null,
                ["continuing_subword_prefix"] = null,
                ["end_of_word_suffix"] = null,
                ["fuse_unk"] = false,
                ["byte_fallback"] = false,
                ["ignore_merges"] = split.IgnoreMerges,
                ["vocab"] = vocab,
                ["merges"] = new JsonArray([.. (metadata.Texts(Prefix + "merges") ?? []).Select(merge => (JsonNode)merge)]),
            },
        };
    }

    private static JsonNode Split(string pattern) => new JsonObject { ["type"] = "Split", ["pattern"] = new JsonObject { ["Regex"] = pattern }, ["behavior"] = "Isolated", ["invert"] = false };

    private static JsonObject ByteLevel(bool useRegex) => new() { ["type"] = "ByteLevel", ["add_prefix_space"] = false, ["trim_offsets"] = true, ["use_regex"] = useRegex };

    private static JsonObject? Beginning(GgufMetadata metadata, GgufPreTokenizer split, SpecialTokens special, GgufVocabulary vocabulary)
    {
        if (!(metadata.Flag(Prefix + "add_bos_token") ?? split.AddBos) || special.Bos is not { } bos || vocabulary.IdOf(bos) is not { } id)
        {
            return null;
        }

        JsonObject Special() => new() { ["SpecialToken"] = new JsonObject { ["id"] = bos, ["type_id"] = 0 } };
        static JsonObject Sequence(string name, int type) => new() { ["Sequence"] = new JsonObject { ["id"] = name, ["type_id"] = type } };
        return new JsonObject
        {
            ["type"] = "TemplateProcessing",
            ["single"] = new JsonArray(Special(), Sequence("A", 0)),
            ["pair"] = new JsonArray(Special(), Sequence("A", 0), Special(), Sequence("B", 1)),
            ["special_tokens"] = new JsonObject { [bos] = new JsonObject { ["id"] = bos, ["ids"] = new JsonArray(id), ["tokens"] = new JsonArray(bos) } },
        };
    }

    private static JsonObject Configuration(SpecialTokens special, int contextLength)
    {
        JsonObject configuration = new()
        {
            ["tokenizer_class"] = "PreTrainedTokenizerFast",
            ["clean_up_tokenization_spaces"] = false,
            ["model_max_length"] = contextLength,
        };
        foreach (var (name, token) in new[] { ("bos_token", special.Bos), ("eos_token", special.Eos), ("unk_token", special.Unk), ("pad_token", special.Pad) })
        {
            if (token is not null)
            {
                configuration[name] = token;
            }
        }

        return configuration;
    }
}
