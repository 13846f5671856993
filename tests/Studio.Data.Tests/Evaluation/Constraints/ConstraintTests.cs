using System.Text.Json.Nodes;
using Studio.Data.Evaluation.Constraints;

namespace Studio.Data.Tests.Evaluation.Constraints;

public sealed class ConstraintTests
{
    [Theory]
    [InlineData("""{"kind":"max_words","n":3}""", "One two three.", "One two three four.")]
    [InlineData("""{"kind":"max_words","n":4}""", "今天下雨", "今天下大雨")]
    [InlineData("""{"kind":"min_words","n":2}""", "well-known fact", "well-known")]
    [InlineData("""{"kind":"words","n":2}""", "Two words!", "Three words here")]
    [InlineData("""{"kind":"max_characters","n":4}""", "a b c d", "a b c d e")]
    [InlineData("""{"kind":"min_characters","n":2}""", "好吧", "好")]
    [InlineData("""{"kind":"sentences","n":2}""", "It costs 3.50 euros. Good!", "One. Two. Three.")]
    [InlineData("""{"kind":"sentences","n":2}""", "天气很好。我们去公园！", "天气很好，我们去公园。")]
    [InlineData("""{"kind":"max_sentences","n":1}""", "Only one", "One. Two.")]
    [InlineData("""{"kind":"paragraphs","n":2}""", "a\n\nb", "a\nb")]
    [InlineData("""{"kind":"list_items","n":3}""", "Here:\n- a\n* b\n3. c", "- a\n- b")]
    [InlineData("""{"kind":"numbered_list","n":3}""", "1. a\n2. b\n3. c", "1. a\n3. b\n2. c")]
    [InlineData("""{"kind":"lines","n":2}""", "a\n\nb", "a")]
    [InlineData("""{"kind":"includes","words":["tea","milk"]}""", "Tea with milk", "Teapot with milk")]
    [InlineData("""{"kind":"excludes","words":["tea"]}""", "A teapot", "Some Tea")]
    [InlineData("""{"kind":"excludes","words":["茶"]}""", "一杯水", "一杯茶水")]
    [InlineData("""{"kind":"occurs","word":"go","n":2}""", "Go and go", "Go and gone")]
    [InlineData("""{"kind":"starts_with","text":"dear"}""", "Dear Ann", "Hello Ann")]
    [InlineData("""{"kind":"ends_with","text":"the end"}""", "It is THE END", "The end?")]
    [InlineData("""{"kind":"one_of","choices":["yes","no"]}""", "Yes.", "Yes, I think")]
    [InlineData("""{"kind":"lower_case"}""", "all small", "Not small")]
    [InlineData("""{"kind":"upper_case"}""", "LOUD 3", "Loud")]
    [InlineData("""{"kind":"no_commas"}""", "a b", "你好，")]
    [InlineData("""{"kind":"no_digits"}""", "two", "2")]
    [InlineData("""{"kind":"number_only"}""", "-1,234.5", "12 apples")]
    [InlineData("""{"kind":"json"}""", "```json\n[1]\n```", "{a:1}")]
    [InlineData("""{"kind":"json","keys":["name"]}""", "{\"name\":\"x\"}", "{\"nom\":1}")]
    [InlineData("""{"kind":"language","language":"zh"}""", "我喜欢 Python", "I like it")]
    [InlineData("""{"kind":"language","language":"en"}""", "I like it", "我喜欢")]
    [InlineData("""{"kind":"quoted"}""", "\"All of it\"", "\"Part\" of it")]
    [InlineData("""{"kind":"question"}""", "好吗？", "Good.")]
    [InlineData("""{"kind":"separator","text":"***","n":2}""", "a\n***\nb", "a\nb")]
    public void HoldsAndFails(string constraint, string good, string bad)
    {
        var row = JsonNode.Parse(constraint)!.AsObject();
        Assert.True(Constraint.Holds(good, row));
        Assert.False(Constraint.Holds(bad, row));
    }

    [Theory]
    [InlineData("""{"kind":"sing"}""", "max_words")]
    [InlineData("""{"kind":"max_words"}""", "\"n\"")]
    [InlineData("""{"kind":"max_words","n":"three"}""", "wrong type")]
    public void FaultyConstraintsAreRefused(string constraint, string said) =>
        Assert.Contains(said, Assert.Throws<InvalidDataException>(() => Constraint.Holds("a", JsonNode.Parse(constraint)!.AsObject())).Message, StringComparison.Ordinal);
}
