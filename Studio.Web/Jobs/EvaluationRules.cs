using Studio.Data.Evaluation;
using Studio.Data.Store;
using Studio.Data.Validation;

namespace Studio.Web.Jobs;

/// <summary>What must hold before an evaluation is queued; everything that does not is reported at once.</summary>
internal static class EvaluationRules
{
    /// <summary>Environment variables of the host that may hold a judge's key.</summary>
    public const string JudgeKeyPrefix = "STUDIO_JUDGE_";

    private const int MostSuites = 32;

    public static IReadOnlyList<Problem> Check(EvaluationRequest request, StudioDatabase database, EvaluationTargets targets, SuiteItemSources sources)
    {
        List<Problem> problems = [.. JobRules.Labels(request.Name, request.Metadata)];
        targets.Resolve(request.Target, problems);
        if (request.Suites.Count is 0 or > MostSuites)
        {
            problems.Add(Refusals.Invalid("suites", "No suite was chosen, or too many.", FormattableString.Invariant($"Choose 1 to {MostSuites} suites.")));
        }

        if (request.Suites.Select(s => s.Suite).Distinct(StringComparer.Ordinal).Count() < request.Suites.Count)
        {
            problems.Add(Refusals.Invalid("suites", "A suite was chosen twice.", "Choose it once; use a second evaluation for other items."));
        }

        foreach (var use in request.Suites)
        {
            Check(use, sources, problems);
        }

        if (request.Judge is { } judge)
        {
            Check(judge, database, problems);
        }

        return problems;
    }

    // A key leaves this machine with the request, so only variables that were set for it may be named; and a judge on disk is a model that was added.
    private static void Check(JudgeUse judge, StudioDatabase database, List<Problem> problems)
    {
        if (judge.BaseUrl is { } address && (!Uri.TryCreate(address, UriKind.Absolute, out var url) || url.Scheme is not ("http" or "https") || string.IsNullOrWhiteSpace(judge.Model)))
        {
            problems.Add(Refusals.Invalid("judge.base_url", "The judge's endpoint is not complete.", "Give an http or https address up to and with /v1, and the name of the model."));
        }

        if (judge.ApiKeyVariable is { } variable && !variable.StartsWith(JudgeKeyPrefix, StringComparison.Ordinal))
        {
            problems.Add(Refusals.Invalid("judge.api_key_variable", $"The variable \"{variable}\" may not be used as a judge's key.", $"Set the key in an environment variable of the host whose name begins with {JudgeKeyPrefix}."));
        }

        if (judge.ModelPath is { } path && database.BaseModels.List(m => m.Path == path, limit: 1).Count == 0)
        {
            problems.Add(Refusals.Invalid("judge.model_path", "The judge is none of the base models.", "Add it under Models first."));
        }
    }

    private static void Check(SuiteUse use, SuiteItemSources sources, List<Problem> problems)
    {
        if (EvaluationSuites.Find(use.Suite) is not { } suite)
        {
            problems.Add(Refusals.Invalid("suites", $"There is no suite \"{use.Suite}\".", $"Use one of: {string.Join(", ", EvaluationSuites.All.Select(s => s.Name))}."));
            return;
        }

        if (use.Limit is < 1 or > 1_000_000 || use.Shots is < 0 or > 64 || use.MaxTokens is < 1 or > 8192)
        {
            problems.Add(Refusals.Invalid("suites", $"A number of the suite {suite.Name} is out of range.", "limit is 1 to 1,000,000, shots 0 to 64, max_tokens 1 to 8192."));
        }

        if (use.Items is { } source)
        {
            problems.AddRange(sources.Check(suite, source));
        }
        else if (!suite.HasItems)
        {
            problems.Add(Refusals.Invalid("suites", $"The suite {suite.Name} brings no items of its own.", $"Name a file or dataset version with the fields {string.Join(", ", suite.ItemFields)}."));
        }
    }
}
