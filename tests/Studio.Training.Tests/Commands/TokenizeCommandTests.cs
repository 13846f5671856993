using System.Text;
using System.Text.Json;
using Studio.Training.Commands;
using Studio.Training.Tests.Tokenizers;

namespace Studio.Training.Tests.Commands;

public sealed class TokenizeCommandTests
{
    private static (bool Good, JsonElement[] Answers) Ask(params string[] lines)
    {
        using var source = new MemoryStream(Encoding.UTF8.GetBytes(string.Join('\n', lines)));
        using var target = new MemoryStream();
        var good = TokenizeCommand.Process(SmallTokenizers.Load(SmallTokenizers.ByteLevel()), source, target, full: false);
        return (good, [.. Encoding.UTF8.GetString(target.ToArray()).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonSerializer.Deserialize<JsonElement>(line))]);
    }

    [Fact]
    public void Text_becomes_ids_tokens_offsets_and_text_again()
    {
        var (good, answers) = Ask("""{"text":"hello<|end|>","add_special_tokens":false}""");
        Assert.True(good);
        Assert.Equal(["hello", "<|end|>"], answers[0].GetProperty("tokens").EnumerateArray().Select(token => token.GetString()));
        Assert.Equal("[[0,5],[5,12]]", answers[0].GetProperty("offsets").GetRawText());
        Assert.Equal("hello<|end|>", answers[0].GetProperty("decoded").GetString());
        Assert.Equal("hello", answers[0].GetProperty("decoded_skip_special").GetString());
    }

    [Fact]
    public void Ids_become_text_at_once_and_piece_by_piece()
    {
        var (_, asked) = Ask("""{"text":"é"}""");
        var ids = asked[0].GetProperty("ids").GetRawText();
        var (good, answers) = Ask($$"""{"ids":{{ids}}}""");
        Assert.True(good);
        Assert.Equal("é", answers[0].GetProperty("decoded").GetString());
        Assert.Equal([null, "é"], answers[0].GetProperty("pieces").EnumerateArray().Select(piece => piece.GetString()));
    }

    [Fact]
    public void A_line_that_is_no_request_gets_an_error_and_the_rest_go_on()
    {
        var (good, answers) = Ask("nope", "[]", """{"text":5}""", """{"text":"\ud800"}""", """{"ids":[1,99999999999]}""", """{"batch":[[]]}""", "", """{"text":"a","pair":"b"}""", """{"batch":[["a",null],["b","c"]]}""");
        Assert.False(good);
        Assert.Equal(8, answers.Length);
        Assert.All(answers[..6], answer => Assert.True(answer.TryGetProperty("error", out _)));
        Assert.Equal("[0,1]", answers[6].GetProperty("type_ids").GetRawText());
        Assert.Equal(2, answers[7].GetProperty("encodings").GetArrayLength());
    }
}
