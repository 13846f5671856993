namespace Studio.Data.Preparation;

/// <summary>How a question about a passage is asked, in the language of the question; training and evaluation use the same words.</summary>
public static class GroundedPrompt
{
    public const string NotStated = "Not stated.";

    public const string NotStatedChinese = "文中没有说明。";

    public static string Of(string passage, string question) => IsChinese(question)
        ? $"只根据段落回答问题，并引用原文。如果段落没有说明，请回答：{NotStatedChinese}\n{question.Trim()}\n{passage.Trim()}"
        : $"Answer the question from the passage only. Quote the words that prove it. If the passage does not say, answer: {NotStated}\n{question.Trim()}\n{passage.Trim()}";

    /// <summary>An answer with its quoted place.</summary>
    public static string Answer(string answer, string quote, bool chinese) => chinese
        ? $"{Ended(answer, '。')}原文：“{quote.Trim().TrimEnd('。')}”。"
        : $"{Ended(answer, '.')} The passage says: \"{quote.Trim().TrimEnd('.')}\".";

    private static string Ended(string text, char end) => text.Trim() is var trimmed && trimmed.EndsWith(end) ? trimmed : trimmed + end;

    private static bool IsChinese(string text) => text.Any(c => c is >= '\u3400' and <= '\u9FFF');
}
