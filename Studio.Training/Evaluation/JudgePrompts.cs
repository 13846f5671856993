namespace Studio.Training.Evaluation;

/// <summary>What a judge is asked, in the language of the question.</summary>
internal static class JudgePrompts
{
    public static IReadOnlyList<string> Sides { get; } = ["A", "B", "C"];

    public static IReadOnlyList<string> Marks { get; } = ["1", "2", "3", "4", "5"];

    /// <summary>Asks which of two answers is better: A, B, or C for neither.</summary>
    public static string Compare(string question, string a, string b, string? rubric) => RowFields.IsChinese(question)
        ? $"请公正地比较对同一个问题的两个回答。只看内容的正确、有用和清楚，不看长短和先后。{(rubric is null ? "" : $"评判标准：{rubric}")}\n\n【问题】\n{question}\n\n【回答 A】\n{a}\n\n【回答 B】\n{b}\n\nA 更好答 A，B 更好答 B，不相上下答 C。只写一个字母。"
        : $"Compare two answers to the same question fairly. Only what is right, helpful and clear counts, not length or order.{(rubric is null ? "" : $" Rubric: {rubric}")}\n\n[Question]\n{question}\n\n[Answer A]\n{a}\n\n[Answer B]\n{b}\n\nReply A if A is better, B if B is better, C if neither is. Write one letter only.";

    /// <summary>Asks for a mark from 1 to 5.</summary>
    public static string Mark(string question, string answer, string? rubric, string? reference) => RowFields.IsChinese(question)
        ? $"请按标准给回答打分，1 分最差，5 分最好。\n标准：{rubric ?? "正确、有用、清楚。"}\n\n【问题】\n{question}\n\n{(reference is null ? "" : $"【参考答案】\n{reference}\n\n")}【回答】\n{answer}\n\n只写一个 1 到 5 的数字。"
        : $"Mark the answer by the rubric from 1 (worst) to 5 (best).\nRubric: {rubric ?? "correct, helpful and clear."}\n\n[Question]\n{question}\n\n{(reference is null ? "" : $"[Reference answer]\n{reference}\n\n")}[Answer]\n{answer}\n\nWrite one number from 1 to 5 only.";
}
