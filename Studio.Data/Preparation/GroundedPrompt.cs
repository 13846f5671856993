namespace Studio.Data.Preparation;

/// <summary>How a question about a passage is asked, in the language of the question; training and evaluation use the same words.</summary>
public static class GroundedPrompt
{
    public const string NotStated = "Not stated.";

    public const string NotStatedChinese = "文中没有说明。";

    /// <summary>The question stands last: what a small model says depends most on what it read last.</summary>
    public static string Of(string passage, string question) => IsChinese(question)
        ? $"只根据段落回答问题，并引用原文。如果段落没有说明，请回答：{NotStatedChinese}\n{passage.Trim()}\n{question.Trim()}"
        : $"Answer the question from the passage only. Quote the words that prove it. If the passage does not say, answer: {NotStated}\n{passage.Trim()}\n{question.Trim()}";

    /// <summary>An answer after its quoted place: finding the sentence first leads a small model to the answer, and keeps it from giving up.</summary>
    public static string Answer(string answer, string quote, bool chinese) => chinese
        ? $"原文：“{quote.Trim().TrimEnd('。')}”。答案：{Ended(answer, '。')}"
        : $"The passage says: \"{quote.Trim().TrimEnd('.')}\". Answer: {Ended(answer, '.')}";

    private static string Ended(string text, char end) => text.Trim() is var trimmed && trimmed.EndsWith(end) ? trimmed : trimmed + end;

    private static bool IsChinese(string text) => text.Any(c => c is >= '\u3400' and <= '\u9FFF');
}
