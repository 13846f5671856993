using System.Text.Json.Nodes;
using CsCheck;
using Studio.Training.Tokenizers;

namespace Studio.Training.Tests.Tokenizers;

/// <summary>Damaged and hostile tokenizer files: each is refused with the file and the field, never with another exception.</summary>
public sealed class TokenizerFormatTests
{
    private static TokenizerFormatException Refused(Action<JsonObject> damage)
    {
        var json = SmallTokenizers.ByteLevel();
        damage(json);
        return Assert.Throws<TokenizerFormatException>(() => SmallTokenizers.Load(json));
    }

    public static TheoryData<string, string> Damages => new()
    {
        { "model", "null" },
        { "model", "[]" },
        { "model", """{"type":"Magic"}""" },
        { "model.type", "5" },
        { "model.vocab", "[]" },
        { "model.vocab.a", "\"x\"" },
        { "model.vocab.a", "-1" },
        { "model.vocab.a", "4000000000" },
        { "model.merges", "{}" },
        { "model.merges[0]", "\"x\"" },
        { "model.merges[0]", "[\"x\"]" },
        { "model.merges[0]", "[\"no such\",\"a\"]" },
        { "model.dropout", "2" },
        { "model.dropout", "\"x\"" },
        { "model.fuse_unk", "1" },
        { "normalizer", """{"type":"Magic"}""" },
        { "normalizer", "7" },
        { "normalizer", """{"type":"Precompiled","precompiled_charsmap":"AAAA"}""" },
        { "normalizer", """{"type":"Precompiled","precompiled_charsmap":"%%"}""" },
        { "normalizer", """{"type":"Precompiled","precompiled_charsmap":"/////w=="}""" },
        { "normalizer", """{"type":"Replace","pattern":{"Regex":"(a"},"content":"b"}""" },
        { "normalizer", """{"type":"Replace","pattern":"a","content":"b"}""" },
        { "normalizer", """{"type":"Sequence","normalizers":[null]}""" },
        { "pre_tokenizer", """{"type":"Split","pattern":{"Regex":"[z-a]"},"behavior":"Isolated"}""" },
        { "pre_tokenizer", """{"type":"Split","pattern":{"Regex":"\\p{Klingon}"},"behavior":"Isolated"}""" },
        { "pre_tokenizer", """{"type":"Split","pattern":{"String":"a"},"behavior":"Sideways"}""" },
        { "pre_tokenizer", """{"type":"Split","pattern":{"String":"a"},"behavior":"2"}""" },
        { "pre_tokenizer", """{"type":"Metaspace","replacement":"__"}""" },
        { "pre_tokenizer", """{"type":"Metaspace","replacement":"_","add_prefix_space":false}""" },
        { "post_processor", """{"type":"TemplateProcessing","single":[{"SpecialToken":{"id":"<s>","type_id":0}}],"pair":[],"special_tokens":{}}""" },
        { "post_processor", """{"type":"TemplateProcessing","single":[{"Sequence":{"id":"B","type_id":0}}],"pair":[],"special_tokens":{}}""" },
        { "post_processor", """{"type":"BertProcessing","cls":["x"],"sep":["y",1]}""" },
        { "decoder", """{"type":"Strip","content":"  ","start":1,"stop":0}""" },
        { "truncation", """{"max_length":-4,"strategy":"LongestFirst","stride":0}""" },
        { "truncation", """{"max_length":4,"strategy":"Random","stride":0}""" },
        { "padding", """{"strategy":{"Fixed":"x"}}""" },
        { "added_tokens", "{}" },
        { "added_tokens", "[{}]" },
        { "added_tokens", """[{"content":5}]""" },
    };

    [Theory]
    [MemberData(nameof(Damages))]
    public void A_wrong_field_is_named(string field, string value)
    {
        var exception = Refused(json => Set(json, field, JsonNode.Parse(value)));
        Assert.StartsWith("tokenizer.json: " + field, exception.Message, StringComparison.Ordinal);
        Assert.StartsWith(field, exception.Field, StringComparison.Ordinal);
    }

    private static void Set(JsonNode node, string path, JsonNode? value)
    {
        var parts = path.Replace("[", ".#", StringComparison.Ordinal).Replace("]", "", StringComparison.Ordinal).Split('.');
        foreach (var part in parts[..^1])
        {
            node = part[0] == '#' ? node[int.Parse(part.AsSpan(1), System.Globalization.CultureInfo.InvariantCulture)]! : node[part]!;
        }

        if (parts[^1][0] == '#')
        {
            node[int.Parse(parts[^1].AsSpan(1), System.Globalization.CultureInfo.InvariantCulture)] = value;
        }
        else
        {
            node[parts[^1]] = value;
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("5")]
    [InlineData("{}")]
    [InlineData("{\"model\":{}}")]
    [InlineData("not json")]
    [InlineData("\u0000\u0001")]
    public void What_is_no_tokenizer_is_refused(string text) => Assert.Throws<TokenizerFormatException>(() => Tokenizer.Parse(System.Text.Encoding.UTF8.GetBytes(text), "t.json"));

    [Fact]
    public void Deep_nesting_is_refused_without_overflowing_the_stack()
    {
        var text = string.Concat(Enumerable.Repeat("""{"normalizer":{"type":"Sequence","normalizers":[""", 1)) + new string('[', 100_000);
        Assert.Throws<TokenizerFormatException>(() => Tokenizer.Parse(System.Text.Encoding.UTF8.GetBytes(text), "t.json"));
        var regex = new string('(', 100_000);
        var exception = Refused(json => json["pre_tokenizer"] = JsonNode.Parse("{\"type\":\"Split\",\"pattern\":{\"Regex\":\"" + regex + "\"},\"behavior\":\"Isolated\"}"));
        Assert.Equal("pre_tokenizer.pattern.Regex", exception.Field);
    }

    [Fact]
    public void A_file_cut_anywhere_is_refused_or_read_but_nothing_else()
    {
        var whole = System.Text.Encoding.UTF8.GetBytes(SmallTokenizers.ByteLevel().ToJsonString());
        Gen.Int[0, whole.Length - 1].Sample(length =>
        {
            Assert.Throws<TokenizerFormatException>(() => Tokenizer.Parse(whole.AsMemory(0, length), "t.json"));
        });
    }

    [Fact]
    public void A_file_with_one_byte_changed_is_refused_or_read_but_nothing_else()
    {
        var whole = System.Text.Encoding.UTF8.GetBytes(SmallTokenizers.ByteLevel().ToJsonString());
        Gen.Select(Gen.Int[0, whole.Length - 1], Gen.Byte).Sample((place, value) =>
        {
            var changed = (byte[])whole.Clone();
            changed[place] = value;
            try
            {
                Tokenizer.Parse(changed, "t.json").Encode("hello world <|end|> é");
            }
            catch (TokenizerFormatException)
            {
            }
            catch (TokenizationException)
            {
            }
        });
    }

    [Fact]
    public void A_damaged_sentencepiece_model_is_refused()
    {
        var folder = Directory.CreateTempSubdirectory();
        try
        {
            var path = Path.Combine(folder.FullName, "tokenizer.model");
            Gen.Byte.Array[0, 200].Sample(
                bytes =>
                {
                    File.WriteAllBytes(path, bytes);
                    Assert.Throws<TokenizerFormatException>(() => Tokenizer.Load(path));
                },
                iter: 200,
                threads: 1);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public void A_missing_file_is_named_with_what_to_give_instead()
    {
        var exception = Assert.Throws<FileNotFoundException>(() => Tokenizer.Load("no/such/tokenizer.json"));
        Assert.Contains("no/such/tokenizer.json", exception.Message, StringComparison.Ordinal);
        Assert.Contains("folder", exception.Message, StringComparison.Ordinal);
    }
}
