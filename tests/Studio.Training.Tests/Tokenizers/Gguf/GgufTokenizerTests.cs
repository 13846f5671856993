using Studio.Training.Tokenizers;
using Studio.Training.Tokenizers.Gguf;

namespace Studio.Training.Tests.Tokenizers.Gguf;

public sealed class GgufTokenizerTests
{
    private static Dictionary<string, object> Small() => new(StringComparer.Ordinal)
    {
        ["tokenizer.ggml.model"] = "gpt2",
        ["tokenizer.ggml.pre"] = "qwen2",
        ["tokenizer.ggml.tokens"] = new[] { "<s>", "a", "b", "Ġ", "ab", "Ġab", "<tool>" },
        ["tokenizer.ggml.token_type"] = new[] { 3, 1, 1, 1, 1, 1, 4 },
        ["tokenizer.ggml.merges"] = new[] { "a b", "Ġ ab" },
        ["tokenizer.ggml.bos_token_id"] = 0u,
        ["tokenizer.ggml.eos_token_id"] = 0u,
        ["tokenizer.ggml.add_bos_token"] = true,
    };

    [Fact]
    public void Metadata_is_enough_for_a_tokenizer()
    {
        var tokenizer = GgufTokenizer.Read(Small(), "m.gguf");
        Assert.Equal([0, 4, 5, 6, 1], tokenizer.Encode("ab ab<tool>a").Ids);
        Assert.Equal((3, 5), tokenizer.Encode("ab ab", addSpecialTokens: false).Offsets[1] with { Item1 = 3 });
        Assert.Equal("ab ab<tool>a", tokenizer.Decode([4, 5, 6, 1]));
        Assert.Equal("<s>", tokenizer.SpecialTokens.Bos);
        Assert.True(tokenizer.IsSpecial(0));
        Assert.False(tokenizer.IsSpecial(6));
    }

    [Fact]
    public void User_defined_tokens_are_cut_out_even_when_special_ones_are_not()
    {
        var tokenizer = GgufTokenizer.Read(Small(), "m.gguf");
        Assert.Equal([6], tokenizer.Encode("<tool>", false, null, parseSpecialTokens: false).Ids);
        Assert.DoesNotContain(0, tokenizer.Encode("<s>", false, null, parseSpecialTokens: false).Ids);
    }

    [Theory]
    [InlineData("tokenizer.ggml.model", "rwkv")]
    [InlineData("tokenizer.ggml.pre", "no-such-name")]
    [InlineData("tokenizer.ggml.tokens", 5)]
    [InlineData("tokenizer.ggml.token_type", "x")]
    [InlineData("tokenizer.ggml.add_bos_token", "yes")]
    public void A_wrong_value_is_named(string key, object value)
    {
        var values = Small();
        values[key] = value;
        Assert.Equal(key, Assert.Throws<TokenizerFormatException>(() => GgufTokenizer.Read(values, "m.gguf")).Field);
    }

    [Theory]
    [InlineData("tokenizer.ggml.model")]
    [InlineData("tokenizer.ggml.tokens")]
    [InlineData("tokenizer.ggml.merges")]
    public void A_missing_value_is_named(string key)
    {
        var values = Small();
        values.Remove(key);
        Assert.Equal(key, Assert.Throws<TokenizerFormatException>(() => GgufTokenizer.Read(values, "m.gguf")).Field);
    }

    [Fact]
    public void Every_pre_tokenizer_name_compiles_and_splits_without_loss()
    {
        foreach (var (name, make) in GgufPreTokenizer.Members)
        {
            var text = Studio.Training.Tokenizers.Texts.CodePoints.Of("Hello, WORLD's 12345 世界かな\r\n  é\u0301 \u00A0😀 ᠎x");
            Assert.True(text.Length == new GgufSplitter(make()).Split(text).Sum(), name);
        }
    }
}
