using Studio.Training.Evaluation.Suites;

namespace Studio.Training.Evaluation;

/// <summary>The list of suites that this trainer runs: a new one is a file and a line here.</summary>
public static class SuiteRunners
{
    public static IReadOnlyList<SuiteRunner> All { get; } =
    [
        new RefusalPair(),
        new Hallucination(),
        new MultipleChoice(),
        new QuestionAnswering(),
        new GenerationOverlap(),
        new Perplexity(),
        new LastWord(),
        new MathAnswer(),
        new StopRate(),
        new InstructionFollowing(),
        new Consistency(),
        new ReadingComprehension(),
        new Grounded(),
        new MeetingSummary(),
        new MultiTurn(),
        new Exam(),
        new JudgePairwise(),
        new JudgeRubric(),
    ];

    /// <exception cref="InvalidDataException">No runner has that name; the message lists those that exist.</exception>
    public static SuiteRunner Of(string name) => All.FirstOrDefault(r => r.Name == name)
        ?? throw new InvalidDataException($"There is no suite \"{name}\" that can be run; use one of: {string.Join(", ", All.Select(r => r.Name))}.");
}
