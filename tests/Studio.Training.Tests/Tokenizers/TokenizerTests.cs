using CsCheck;
using Studio.Training.Tokenizers;
using Studio.Training.Tokenizers.Texts;

namespace Studio.Training.Tests.Tokenizers;

public sealed class TokenizerTests
{
    private static readonly Tokenizer Bytes = SmallTokenizers.Load(SmallTokenizers.ByteLevel());

    private static readonly Gen<string> Texts = Gen.OneOf(
        Gen.Int[0, 0x10FFFF].Where(c => c is < 0xD800 or > 0xDFFF).Select(char.ConvertFromUtf32),
        Constant("hello", " world", "\n", "  ", "<|end|>", "<think>", "aaaa", "'s", "é", "世", "😀", "\u0301")).Array[0, 40].Select(string.Concat);

    private static Gen<string> Constant(params string[] values) => Gen.Int[0, values.Length - 1].Select(i => values[i]);

    [Fact]
    public void Byte_level_decoding_gives_the_text_back() => Texts.Sample(text => Assert.Equal(text, Bytes.Decode(Bytes.Encode(text).Ids)));

    [Fact]
    public void Offsets_are_ordered_and_cover_every_code_point() => Texts.Sample(text =>
    {
        var encoding = Bytes.Encode(text);
        var covered = 0;
        foreach (var (start, end) in encoding.Offsets)
        {
            Assert.True(start <= covered && end >= covered && end > start);
            covered = end;
        }

        Assert.Equal(CodePoints.Of(text).Length, covered);
    });

    [Fact]
    public void Streaming_shows_whole_characters_and_in_the_end_the_whole_text() => Texts.Where(text => !text.Contains('\uFFFD', StringComparison.Ordinal)).Sample(text =>
    {
        var stream = Bytes.CreateStreamDecoder(skipSpecialTokens: false);
        var pieces = Bytes.Encode(text).Ids.Select(stream.Add).OfType<string>().ToList();
        Assert.All(pieces, piece => Assert.DoesNotContain('\uFFFD', piece));
        Assert.Equal(text, string.Concat(pieces));
    });

    [Fact]
    public void Encoding_from_many_threads_gives_the_same_ids()
    {
        var texts = Enumerable.Range(0, 400).Select(i => $"hello world {i} 世界 {i % 7} <|end|> aaaaaaaa").ToArray();
        var expected = texts.Select(text => Bytes.Encode(text).Ids).ToArray();
        var actual = new int[texts.Length][];
        Parallel.For(0, texts.Length, i => actual[i] = Bytes.Encode(texts[i]).Ids);
        Assert.Equal(expected, actual);
    }

    [Fact]
    public void Special_tokens_can_be_skipped_and_left_unparsed()
    {
        var ids = Bytes.Encode("a<|end|>b").Ids;
        Assert.Equal(3, ids.Length);
        Assert.Equal("ab", Bytes.Decode(ids, skipSpecialTokens: true));
        Assert.True(Bytes.IsSpecial(ids[1]));
        Assert.Equal(9, Bytes.Encode("a<|end|>b", true, null, parseSpecialTokens: false).Length);
        Assert.Equal(3, Bytes.Encode("a<think>b", true, null, parseSpecialTokens: false).Length);
    }

    [Fact]
    public void A_lone_surrogate_is_encoded_as_the_replacement_character() => Assert.Equal("a\uFFFDb", Bytes.Decode(Bytes.Encode("a\uD800b").Ids));

    [Theory]
    [InlineData('a')]
    [InlineData(' ')]
    [InlineData('\n')]
    [InlineData('7')]
    [InlineData('中')]
    [InlineData('\u0301')]
    public void Runs_of_a_hundred_thousand_characters_come_back(char c)
    {
        var text = new string(c, 100_000);
        Assert.Equal(text, Bytes.Decode(Bytes.Encode(text).Ids));
    }

    [Fact]
    public void Equal_files_have_equal_hashes_and_others_do_not()
    {
        var other = SmallTokenizers.ByteLevel();
        other["model"]!["ignore_merges"] = true;
        Assert.Equal(Bytes.CanonicalHash, SmallTokenizers.Load(SmallTokenizers.ByteLevel()).CanonicalHash);
        Assert.NotEqual(Bytes.CanonicalHash, SmallTokenizers.Load(other).CanonicalHash);
    }
}
