using Studio.Web.Registry;

namespace Studio.Web.Tests.Registry;

public sealed class ModelNamesTests
{
    [Theory]
    [InlineData("My Support Bot!", "my-support-bot")]
    [InlineData("  ", "model")]
    [InlineData("客服 助手", "客服-助手")]
    [InlineData("a:b/c\\d", "a-b-c-d")]
    [InlineData("v1.2_x", "v1.2_x")]
    public void Labels_become_words(string label, string word) => Assert.Equal(word, ModelNames.Word(label));
}
