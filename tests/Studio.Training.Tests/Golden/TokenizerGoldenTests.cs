using System.Text.Json;
using Studio.Training.Tokenizers;
using Studio.Training.Tokenizers.Decoders;
using Studio.Training.Tokenizers.Normalizers;
using Studio.Training.Tokenizers.PreTokenizers;
using Studio.Training.Tokenizers.Texts;

namespace Studio.Training.Tests.Golden;

/// <summary>Every row of the golden set of tokenizers, exactly: one test for each file of rows, which names the first row that differs.</summary>
public sealed class TokenizerGoldenTests
{
    public static IEnumerable<object[]> Cases => TokenizerGoldenSet.Names("cases");

    public static IEnumerable<object[]> Added => TokenizerGoldenSet.Names("added");

    public static IEnumerable<object[]> Pairs => TokenizerGoldenSet.Names("pairs");

    public static IEnumerable<object[]> SentencePieceCases => TokenizerGoldenSet.Names("sentencepiece_cases");

    public static IEnumerable<object[]> GgufCases => TokenizerGoldenSet.Names("gguf_cases");

    [SkippableTheory]
    [MemberData(nameof(Cases))]
    public void Tokenizers_cases(string name)
    {
        var tokenizer = LoadOrSkip("cases", name);
        var differences = new Differences("tokenizers/cases/" + name);
        foreach (var row in TokenizerGoldenSet.Rows("cases/" + name))
        {
            CompareEncoding(tokenizer, TokenizerGoldenSet.Corpus[row.GetProperty("id").GetString()!], row, differences);
        }

        differences.AssertNone();
    }

    [SkippableTheory]
    [MemberData(nameof(Added))]
    public void Tokenizers_added(string name)
    {
        var tokenizer = LoadOrSkip("added", name);
        var differences = new Differences("tokenizers/added/" + name);
        foreach (var row in TokenizerGoldenSet.Rows("added/" + name))
        {
            CompareEncoding(tokenizer, row.GetProperty("text").GetString()!, row, differences);
        }

        differences.AssertNone();
    }

    [SkippableTheory]
    [MemberData(nameof(Pairs))]
    public void Tokenizers_pairs(string name)
    {
        var tokenizer = LoadOrSkip("pairs", name);
        var differences = new Differences("tokenizers/pairs/" + name);
        foreach (var row in TokenizerGoldenSet.Rows("pairs/" + name))
        {
            ComparePairs(tokenizer, row, differences);
        }

        differences.AssertNone();
    }

    [SkippableTheory]
    [InlineData("normalizers")]
    [InlineData("pre_tokenizers")]
    [InlineData("decoders")]
    public void Tokenizers_components(string kind)
    {
        Skip.IfNot(TokenizerGoldenSet.Has("components/" + kind), "tokenizers/components/" + kind + " is not in the golden folder");
        using var document = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(TokenizerGoldenSet.Folder, "components", kind + ".config.json")));
        var configs = new JsonField(document.RootElement, kind + ".config.json", "");
        var differences = new Differences("tokenizers/components/" + kind);
        foreach (var row in TokenizerGoldenSet.Rows("components/" + kind))
        {
            if (row.TryGetProperty("error", out _))
            {
                continue;
            }

            var config = configs[row.GetProperty("name").GetString()!];
            differences.Compare(row, row.GetProperty("out"), kind switch
            {
                "normalizers" => CodePoints.ToText(Normalizer.Of(config)!.Normalize(new NormalizedText(CodePoints.Of(TokenizerGoldenSet.Corpus[row.GetProperty("id").GetString()!]))).CodePoints),
                "decoders" => string.Concat(Decoder.Of(config)!.Decode([.. TokenizerGoldenSet.Strings(row, "tokens")])),
                _ => Pieces(PreTokenizer.Of(config)!, TokenizerGoldenSet.Corpus[row.GetProperty("id").GetString()!]),
            });
        }

        differences.AssertNone();
    }

    private static object[] Pieces(PreTokenizer preTokenizer, string text) =>
    [
        .. preTokenizer.Split([Piece.Of(new NormalizedText(CodePoints.Of(text)))]).Select(piece => piece.Length == 0 ? new object[] { "", piece.Text.Origin, piece.Text.Origin } :
        [
            CodePoints.ToText(piece.Span), piece.Text.StartOf(piece.Start), piece.Text.EndOf(piece.Start + piece.Length - 1),
        ]),
    ];

    [SkippableFact]
    public void Tokenizers_streaming()
    {
        Skip.IfNot(TokenizerGoldenSet.Has("streaming"), "tokenizers/streaming is not in the golden folder");
        var differences = new Differences("tokenizers/streaming");
        var tokenizers = new Dictionary<string, Tokenizer?>(StringComparer.Ordinal);
        foreach (var row in TokenizerGoldenSet.Rows("streaming"))
        {
            var name = row.GetProperty("tokenizer").GetString()!;
            if (!tokenizers.TryGetValue(name, out var tokenizer))
            {
                tokenizers[name] = tokenizer = TokenizerGoldenSet.Load(name);
            }

            if (tokenizer is null)
            {
                continue;
            }

            var skip = row.GetProperty("skip_special_tokens").GetBoolean();
            var ids = TokenizerGoldenSet.Ids(row, "ids");
            var decoder = tokenizer.CreateStreamDecoder(skip);
            var pieces = ids.Select(decoder.Add).ToArray();
            differences.Compare(row, row.GetProperty("decoded"), tokenizer.Decode(ids, skip));

            // Where the reference gives up in the middle, ours goes on: what it gave until then must be the same.
            var expected = row.GetProperty("pieces");
            differences.Compare(row, expected, row.TryGetProperty("error", out _) ? pieces[..expected.GetArrayLength()] : pieces);
        }

        differences.AssertNone();
    }

    [SkippableTheory]
    [MemberData(nameof(SentencePieceCases))]
    public void Tokenizers_sentencepiece(string name)
    {
        Skip.If(name.Length == 0, "tokenizers/sentencepiece_cases is not in the golden folder");
        string[] places = [Path.Combine(TokenizerGoldenSet.Folder, "sentencepiece", name + ".model"), Path.Combine(TokenizerGoldenSet.DataFolder, "sentencepiece_test", name + ".model"), .. DataModels(name)];
        var path = Array.Find(places, File.Exists);
        Skip.If(path is null, "tokenizers/sentencepiece_cases/" + name + ": the model is not there");
        var tokenizer = Tokenizer.Load(path!);
        var differences = new Differences("tokenizers/sentencepiece_cases/" + name);
        foreach (var row in TokenizerGoldenSet.Rows("sentencepiece_cases/" + name))
        {
            var text = TokenizerGoldenSet.Corpus[row.GetProperty("id").GetString()!];
            var encoding = tokenizer.Encode(text, addSpecialTokens: false);
            differences.Compare(row, row.GetProperty("ids"), encoding.Ids);
            if (row.TryGetProperty("pieces", out var pieces))
            {
                differences.Compare(row, pieces, encoding.Tokens);
            }

            if (row.TryGetProperty("byte_offsets", out var offsets))
            {
                var places8 = BytePlaces(text);
                differences.Compare(row, offsets, encoding.Offsets.Select(range => new[] { places8[range.Start], places8[range.End] }).ToArray());
            }

            if (row.TryGetProperty("decoded", out var decoded))
            {
                differences.Compare(row, decoded, tokenizer.Decode(encoding.Ids));
            }
        }

        differences.AssertNone();
    }

    // A file of the data folder, written with an underscore for the dot: test_model is test_model.model or test.model.
    private static IEnumerable<string> DataModels(string name)
    {
        var folder = Path.Combine(TokenizerGoldenSet.DataFolder, "sentencepiece_test");
        return !Directory.Exists(folder) ? [] : Directory.GetFiles(folder, "*.model").Where(path => Path.GetFileName(path).Replace('.', '_') == name || Path.GetFileNameWithoutExtension(path) == name);
    }

    private static int[] BytePlaces(string text)
    {
        var places = new List<int> { 0 };
        foreach (var c in CodePoints.Of(text))
        {
            places.Add(places[^1] + CodePoints.Utf8Length(c));
        }

        return [.. places];
    }

    [SkippableTheory]
    [MemberData(nameof(GgufCases))]
    public void Tokenizers_gguf(string name)
    {
        Skip.If(name.Length == 0, "tokenizers/gguf_cases is not in the golden folder");
        string[] places = [Path.Combine(TokenizerGoldenSet.Folder, "gguf", name + ".gguf"), Path.Combine(TokenizerGoldenSet.Folder, "..", "..", "models", name + ".gguf"), .. ModelFiles(name)];
        var path = Array.Find(places, File.Exists);
        Skip.If(path is null, "tokenizers/gguf_cases/" + name + ": the file is not there");
        var tokenizer = Tokenizer.Load(path!);
        var differences = new Differences("tokenizers/gguf_cases/" + name);
        foreach (var row in TokenizerGoldenSet.Rows("gguf_cases/" + name))
        {
            if (row.TryGetProperty("error", out _))
            {
                continue;
            }

            var text = TokenizerGoldenSet.Corpus[row.GetProperty("id").GetString()!];
            var ids = row.GetProperty("ids");
            var encoding = tokenizer.Encode(text, addSpecialTokens: false);
            differences.Compare(row, ids, encoding.Ids);
            differences.Compare(row, row.TryGetProperty("ids_no_parse_special", out var plain) ? plain : ids, tokenizer.Encode(text, false, null, parseSpecialTokens: false).Ids);
            differences.Compare(row, row.TryGetProperty("ids_add_special", out var framed) ? framed : ids, tokenizer.Encode(text, addSpecialTokens: true).Ids);
            if (row.TryGetProperty("text_hex", out var hex))
            {
                differences.Compare(row, JsonSerializer.SerializeToElement(System.Text.Encoding.UTF8.GetString(Convert.FromHexString(hex.GetString()!))), tokenizer.Decode(encoding.Ids));
            }
        }

        differences.AssertNone();
    }

    private static IEnumerable<string> ModelFiles(string name)
    {
        var folder = Path.GetFullPath(Path.Combine(TokenizerGoldenSet.Folder, "..", "..", "models"));
        return Directory.Exists(folder) ? Directory.EnumerateFiles(folder, name + ".gguf", SearchOption.AllDirectories) : [];
    }

    private static Tokenizer LoadOrSkip(string set, string name)
    {
        Skip.If(name.Length == 0, $"tokenizers/{set} is not in the golden folder");
        var tokenizer = TokenizerGoldenSet.Load(name);
        Skip.If(tokenizer is null, $"tokenizers/{set}/{name}: the tokenizer is not there");
        return tokenizer!;
    }

    private static void CompareEncoding(Tokenizer tokenizer, string text, JsonElement row, Differences differences)
    {
        Encoding encoding;
        try
        {
            encoding = tokenizer.Encode(text, row.GetProperty("add_special_tokens").GetBoolean());
        }
        catch (TokenizationException exception)
        {
            differences.CompareError(row, exception.Message);
            return;
        }

        differences.Compare(row, row.GetProperty("ids"), encoding.Ids);
        if (row.TryGetProperty("tokens", out var tokens))
        {
            differences.Compare(row, tokens, encoding.Tokens);
            differences.Compare(row, row.GetProperty("offsets"), Ranges(encoding.Offsets));
        }

        if (row.TryGetProperty("decoded", out var decoded))
        {
            differences.Compare(row, decoded, tokenizer.Decode(encoding.Ids));
            differences.Compare(row, row.GetProperty("decoded_skip_special"), tokenizer.Decode(encoding.Ids, skipSpecialTokens: true));
        }
    }

    private static int[][] Ranges(IEnumerable<(int Start, int End)> offsets) => [.. offsets.Select(range => new[] { range.Start, range.End })];

    private static void ComparePairs(Tokenizer tokenizer, JsonElement row, Differences differences)
    {
        var special = row.GetProperty("add_special_tokens").GetBoolean();
        try
        {
            if (row.TryGetProperty("batch", out var batch))
            {
                var inputs = batch.EnumerateArray().Select(item => (item[0].GetString()!, item[1].GetString())).ToList();
                var encodings = tokenizer.EncodeBatch(inputs, special);
                if (row.TryGetProperty("encodings", out var expected))
                {
                    differences.Compare(row, expected, encodings.Select(Full).ToArray());
                }
                else
                {
                    differences.CompareError(row, "(no error)");
                }

                return;
            }

            var encoding = tokenizer.Encode(row.GetProperty("text").GetString()!, special, row.GetProperty("pair").GetString());
            if (row.TryGetProperty("error", out _))
            {
                differences.CompareError(row, "(no error)");
                return;
            }

            foreach (var (key, value) in Full(encoding))
            {
                if (row.TryGetProperty(key, out var expected))
                {
                    differences.Compare(row, expected, value);
                }
            }

            if (encoding.Overflowing.Count > 0 && !row.TryGetProperty("overflowing", out _))
            {
                differences.CompareError(row, "unexpected overflowing parts");
            }
        }
        catch (TokenizationException exception)
        {
            differences.CompareError(row, exception.Message);
        }
    }

    private static Dictionary<string, object> Full(Encoding encoding)
    {
        var result = new Dictionary<string, object>(StringComparer.Ordinal)
        {
            ["ids"] = encoding.Ids,
            ["type_ids"] = encoding.TypeIds,
            ["tokens"] = encoding.Tokens,
            ["offsets"] = Ranges(encoding.Offsets),
            ["special_tokens_mask"] = encoding.SpecialTokensMask,
            ["attention_mask"] = encoding.AttentionMask,
            ["sequence_ids"] = encoding.SequenceIds,
            ["word_ids"] = encoding.WordIds,
        };
        if (encoding.Overflowing.Count > 0)
        {
            result["overflowing"] = encoding.Overflowing.Select(Full).ToArray();
        }

        return result;
    }

    /// <summary>Counts rows that differ and keeps the first for the message.</summary>
    private sealed class Differences(string set)
    {
        private readonly List<string> messages = [];
        private int compared;

        public void Compare(JsonElement row, JsonElement expected, object? actual)
        {
            compared++;
            if (row.TryGetProperty("error", out _) && !row.TryGetProperty("pieces", out _))
            {
                CompareError(row, "(no error)");
                return;
            }

            var element = JsonSerializer.SerializeToElement(actual);
            if (!JsonElement.DeepEquals(expected, element))
            {
                messages.Add($"row {Label(row)}\n  expected {Short(expected)}\n  actual   {Short(element)}");
            }
        }

        public void CompareError(JsonElement row, string actual)
        {
            compared++;
            var expected = row.TryGetProperty("error", out var error) ? error.GetString()! : "(no error)";
            if (expected != actual)
            {
                messages.Add($"row {Label(row)}\n  expected {expected}\n  actual   {actual}");
            }
        }

        public void AssertNone()
        {
            Assert.True(compared > 0, set + ": no rows");
            Assert.True(messages.Count == 0, $"{set}: {messages.Count} of {compared} comparisons differ; first: {messages.FirstOrDefault()}");
        }

        private static string Label(JsonElement row)
        {
            var text = string.Join(' ', row.EnumerateObject().Where(property => property.Name is "id" or "name" or "case" or "tokenizer" or "text" or "pair" or "add_special_tokens" or "skip_special_tokens" or "tokens")
                .Select(property => property.Name + "=" + property.Value.GetRawText()));
            return text.Length > 400 ? text[..400] + "..." : text;
        }

        private static string Short(JsonElement value)
        {
            var text = JsonSerializer.Serialize(value);
            return text.Length > 1500 ? text[..1500] + "..." : text;
        }
    }
}
