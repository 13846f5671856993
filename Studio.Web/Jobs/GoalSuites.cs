using Studio.Data.Evaluation;
using Studio.Data.Jobs;

namespace Studio.Web.Jobs;

/// <summary>Which suites show whether a training reached its goal, and what it cost: general skill and endings are measured always.</summary>
public static class GoalSuites
{
    private const int PairLimit = 100;
    private const int QuestionLimit = 100;
    private const int HeldBackLimit = 60;
    private const int PromptLimit = 40;

    /// <summary>Suites of a goal that bring their items.</summary>
    public static IReadOnlyList<SuiteUse> For(string goal)
    {
        List<SuiteUse> suites = goal switch
        {
            "refuse" => [new SuiteUse("refusal_pair") { Limit = PairLimit }],
            "know" => [new SuiteUse("hallucination") { Limit = QuestionLimit }],
            "document" => [new SuiteUse("grounded") { Limit = QuestionLimit, MaxTokens = 64 }],
            _ => [],
        };
        return [.. suites, new SuiteUse("last_word"), new SuiteUse("stop_rate") { Limit = PromptLimit, MaxTokens = 128 }];
    }

    /// <summary>Those of the job's goal, and questions of its own data that were held back from the training.</summary>
    public static IReadOnlyList<SuiteUse> For(TrainingJob job, SuiteItemSources sources)
    {
        var suite = job.Recipe.Goal switch
        {
            "facts" or "format" or "document" => "question_answering",
            "pretrain" => "perplexity",
            _ => null,
        };
        return suite is not null && sources.Check(EvaluationSuites.Find(suite)!, job.Id).Count == 0
            ? [new SuiteUse(suite) { Items = job.Id, Limit = HeldBackLimit, MaxTokens = suite == "question_answering" ? 64 : null }, .. For(job.Recipe.Goal)]
            : For(job.Recipe.Goal);
    }
}
