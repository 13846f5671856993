using Studio.Data.Documents;
using Studio.Data.Evaluation.Text;
using Studio.Data.Examples;
using Studio.Training.Evaluation.Suites;

namespace Studio.Training.Rewards;

/// <summary>1 when the answer, or what it ends with after a thought, is the right one after SQuAD's normalisation; half of it for token F1 of an answer that says more.</summary>
public sealed class ExactAnswerReward : SingleReward
{
    public override string Name => "exact_answer";

    public override string? Lacks(PromptExample row) => string.IsNullOrWhiteSpace(row.Reference) ? "the right answer (column reference or answer)" : null;

    protected override double Score(JudgedAnswer answer)
    {
        var gold = answer.Row.Reference!;
        var language = LanguageMix.Of(gold) == "zh" ? "zh" : "en";
        return AnswerMatch.ExactMatch(answer.Conclusion, [gold], language) == 1 ? 1 : 0.5 * AnswerMatch.F1(answer.Conclusion, [gold], language);
    }
}

/// <summary>1 when the number an answer ends with is the right one (Cobbe et al. 2021): the number behind the last <c>####</c>, else the last one.</summary>
public sealed class NumericAnswerReward : SingleReward
{
    public override string Name => "numeric_answer";

    public override string? Lacks(PromptExample row) => row.Reference is { } gold && MathAnswer.Final(gold) is not null ? null : "a right answer with a number (column reference or answer)";

    /// <summary>True for a bare number, or a worked answer that marks its number with <c>####</c>; a sentence with a year in it is none.</summary>
    internal static bool IsNumber(string reference) => reference.Contains("####", StringComparison.Ordinal) || reference.Trim().All(c => char.IsAsciiDigit(c) || c is '.' or ',' or '-' or '+' or ' ' or '%' or '$');

    protected override double Score(JudgedAnswer answer) => MathAnswer.Final(answer.Conclusion) is { } said && said == MathAnswer.Final(answer.Row.Reference!) ? 1 : 0;
}
