using System.Buffers.Binary;
using System.Security.Cryptography;
using Studio.Training.Tokenizers.Normalizers;

namespace Studio.Training.Tokenizers.Gguf;

/// <summary>Reads the tokenizer of a GGUF file from its metadata, with llama.cpp's defaults for what the file leaves out.</summary>
internal static class GgufTokenizer
{
    private const string Prefix = "tokenizer.ggml.";

    /// <summary>Ids that a kind of tokenizer has when the file does not say.</summary>
    private sealed record Ids(int? Bos, int? Eos, int? Unk, int? Sep, int? Pad, int? Mask);

    public static Tokenizer Read(IReadOnlyDictionary<string, object> values, string file)
    {
        var metadata = new GgufMetadata(values, file);
        const string ModelKey = Prefix + "model";
        var model = metadata.Text(ModelKey) ?? throw metadata.Error(ModelKey, "is missing: the file holds no tokenizer");
        var vocabulary = new GgufVocabulary(metadata);
        var ids = Resolve(metadata, vocabulary, model switch
        {
            "llama" => new Ids(1, 2, 0, null, null, null),
            "gpt2" => new Ids(11, 11, null, null, null, null),
            "t5" => new Ids(null, 1, 2, null, 0, null),
            "bert" => new Ids(101, null, 100, 102, 0, 103),
            "gemma4" => new Ids(null, null, null, null, null, null),
            _ => throw metadata.Error(ModelKey, $"the tokenizer '{model}' is not supported (llama, gpt2, t5, bert and gemma4 are)"),
        });
        var preTokenizer = model switch { "gpt2" => PreTokenizerOf(metadata), "gemma4" => GgufPreTokenizer.Members["gemma4"](), _ => new GgufPreTokenizer() };
        GgufSegmenter segmenter = model switch
        {
            "llama" => new GgufSentencePiece(vocabulary, metadata.Flag(Prefix + "add_space_prefix") ?? true),
            "t5" => new GgufUnigram(vocabulary, Map(metadata), metadata.Flag(Prefix + "add_space_prefix") ?? false, metadata.Flag(Prefix + "remove_extra_whitespaces") ?? false, Unknown(ids, metadata)),
            "bert" => WordPiece(metadata, vocabulary, Unknown(ids, metadata)),
            _ => new GgufBytePairs(vocabulary, preTokenizer, metadata.Texts(Prefix + "merges") ?? throw metadata.Error(Prefix + "merges", "is missing")),
        };
        var addBos = metadata.Flag(Prefix + "add_bos_token") ?? (model is "llama" or "bert" || preTokenizer.AddBos);
        var addEos = metadata.Flag(Prefix + "add_eos_token") ?? model == "t5";
        var (leftStrip, rightStrip) = Strips(metadata, vocabulary);
        var engine = new GgufEngine(vocabulary, segmenter, byteLetters: model == "gpt2" && preTokenizer.ByteLetters)
        {
            Begin = model == "bert" || addBos ? One(ids.Bos) : [],
            End = model == "bert" ? One(ids.Sep) : addEos ? One(ids.Eos) : [],
            LeftStrip = leftStrip,
            RightStrip = rightStrip,
        };
        string? Name(int? id) => id is { } known ? vocabulary.Tokens[known] : null;
        var special = new SpecialTokens { Bos = Name(ids.Bos), Eos = Name(ids.Eos), Unk = Name(ids.Unk), Sep = Name(ids.Sep), Pad = Name(ids.Pad), Mask = Name(ids.Mask) };
        return new Tokenizer(engine, special, Hash(values), file);
    }

    private static int[] One(int? id) => id is { } known ? [known] : [];

    private static int Unknown(Ids ids, GgufMetadata metadata) => ids.Unk ?? throw metadata.Error(Prefix + "unknown_token_id", "is missing");

    private static GgufPreTokenizer PreTokenizerOf(GgufMetadata metadata)
    {
        const string Key = Prefix + "pre";
        var name = metadata.Text(Key);
        return string.IsNullOrEmpty(name) ? GgufPreTokenizer.Default
            : GgufPreTokenizer.Members.TryGetValue(name, out var make) ? make()
            : throw metadata.Error(Key, $"the pre-tokenizer '{name}' is unknown");
    }

    private static Ids Resolve(GgufMetadata metadata, GgufVocabulary vocabulary, Ids defaults)
    {
        int? Id(string key, int? absent)
        {
            var id = metadata.Id(Prefix + key) is { } stated && stated < vocabulary.Tokens.Length ? stated : absent;
            return id < vocabulary.Tokens.Length ? id : null;
        }

        return new Ids(
            Id("bos_token_id", defaults.Bos),
            Id("eos_token_id", defaults.Eos),
            Id("unknown_token_id", defaults.Unk),
            Id("seperator_token_id", defaults.Sep),
            Id("padding_token_id", defaults.Pad),
            Id("mask_token_id", defaults.Mask));
    }

    private static CharacterMap? Map(GgufMetadata metadata)
    {
        const string Key = Prefix + "precompiled_charsmap";
        if (metadata.Bytes(Key) is not { Length: > 0 } bytes)
        {
            return null;
        }

        try
        {
            return CharacterMap.Parse(bytes);
        }
        catch (FormatException exception)
        {
            throw metadata.Error(Key, exception.Message);
        }
    }

    private static GgufWordPiece WordPiece(GgufMetadata metadata, GgufVocabulary vocabulary, int unknownId)
    {
        var lowercase = metadata.Flag(Prefix + "normalizer.lowercase") ?? true;
        return new GgufWordPiece(vocabulary, unknownId, lowercase, metadata.Flag(Prefix + "normalizer.strip_accents") ?? lowercase);
    }

    /// <summary>Blanks beside a token that belong to it: a habit of a few models that the file does not record.</summary>
    private static (HashSet<int> Left, HashSet<int> Right) Strips(GgufMetadata metadata, GgufVocabulary vocabulary)
    {
        var (left, right) = (new HashSet<int>(), new HashSet<int>());
        var pre = metadata.Text(Prefix + "pre") ?? "";
        var name = (metadata.Text("general.name") ?? "").ToLowerInvariant();
        var architecture = metadata.Text("general.architecture") ?? "";
        if (pre is "jina-v2-de" or "jina-v2-es" or "jina-v2-code" || architecture is "nomic-bert-moe" or "jina-bert-v3")
        {
            left.UnionWith(One(vocabulary.IdOf("<mask>")));
        }
        else if (name.Contains("phi-3", StringComparison.Ordinal) || name.Contains("phi3", StringComparison.Ordinal))
        {
            for (var id = 0; id < vocabulary.Tokens.Length; id++)
            {
                if (vocabulary.Types[id] is SentencePiece.PieceType.Control or SentencePiece.PieceType.UserDefined or SentencePiece.PieceType.Unknown && vocabulary.Tokens[id] is not ("<unk>" or "<s>" or "<|endoftext|>"))
                {
                    right.Add(id);
                }
            }
        }
        else if (name.Contains("modern-bert", StringComparison.Ordinal))
        {
            left.UnionWith(One(vocabulary.IdOf("[MASK]")));
        }

        return (left, right);
    }

    private static byte[] Hash(IReadOnlyDictionary<string, object> values)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> length = stackalloc byte[4];
        void Add(ReadOnlySpan<byte> bytes, Span<byte> count)
        {
            BinaryPrimitives.WriteInt32LittleEndian(count, bytes.Length);
            hash.AppendData(count);
            hash.AppendData(bytes);
        }

        foreach (var (key, value) in values.Where(pair => pair.Key.StartsWith(Prefix, StringComparison.Ordinal)).OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            Add(System.Text.Encoding.UTF8.GetBytes(key), length);
            switch (value)
            {
                case string[] texts:
                    foreach (var text in texts)
                    {
                        Add(System.Text.Encoding.UTF8.GetBytes(text), length);
                    }

                    break;
                case Array { Length: > 0 } numbers when numbers.GetType().GetElementType()!.IsPrimitive:
                    var bytes = new byte[Buffer.ByteLength(numbers)];
                    Buffer.BlockCopy(numbers, 0, bytes, 0, bytes.Length);
                    Add(bytes, length);
                    break;
                default:
                    Add(System.Text.Encoding.UTF8.GetBytes(Convert.ToString(value, System.Globalization.CultureInfo.InvariantCulture) ?? ""), length);
                    break;
            }
        }

        return hash.GetHashAndReset();
    }
}
