using Studio.Data.Documents;

namespace Studio.Data.Tests.Documents;

public class LanguageMixTests
{
    [Theory]
    [InlineData("How do I return a boat that I rented?", "en")]
    [InlineData("Name three colours.", "en")]
    [InlineData("The ferry leaves at noon; tickets are sold on board, and children travel free with their parents.", "en")]
    [InlineData("Wo ist der Hafen und wann legt das Boot ab?", "other")]
    [InlineData("Quel est le prix du voilier pour une semaine ?", "other")]
    [InlineData("Was kostet ein Ruder im Laden am Ende der Strasse?", "other")]
    [InlineData("怎么把租来的船还回去?", "zh")]
    [InlineData("请用 Excel 打开 report.csv 文件,然后保存为 PDF 格式。", "mixed")]
    [InlineData("Где находится гавань?", "other")]
    [InlineData("12345 !?", "other")]
    public void The_language_is_guessed_from_scripts_and_common_words(string text, string language) => Assert.Equal(language, LanguageMix.Of(text));
}
