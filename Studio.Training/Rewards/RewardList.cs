using Studio.Data.Examples;
using Studio.Data.Recipes;
using Studio.Data.Recipes.Methods;
using Studio.Training.Loop;
using Studio.Training.Methods;

namespace Studio.Training.Rewards;

/// <summary>The rewards this build has, by the names of <see cref="RewardEntry"/>: a new one is a file here and a line below.</summary>
public static class RewardList
{
    public static IReadOnlyList<(string Name, Func<MethodContext, RolloutOptions, Reward> Create)> All { get; } =
    [
        ("refusal_pair", (_, _) => new RefusalPairReward()),
        ("reward_model", (context, options) => new RewardModelReward(RewardScorer.Load(context.Base, context.Folder.Resolve(options.RewardModel!)))),
        ("exact_answer", (_, _) => new ExactAnswerReward()),
        ("numeric_answer", (_, _) => new NumericAnswerReward()),
        ("regex", (_, options) => new RegexReward(options.RewardPattern)),
        ("json_schema", (_, options) => new JsonSchemaReward(options.RewardSchema)),
        ("length", (_, options) => new LengthReward(options.RewardLength)),
        ("language", (_, options) => new LanguageReward(options.RewardLanguage)),
        ("repetition", (_, _) => new RepetitionReward()),
        ("reasoning_format", (_, _) => new ReasoningFormatReward()),
        ("judge", (_, options) => new JudgeReward(new JudgeEndpoint(options.JudgeUrl!, options.JudgeModel!, options.JudgeKeyVariable), options.JudgeCriterion)),
        ("grader", (_, options) => new GraderReward(options.Grader!, options)),
    ];

    /// <summary>The rewards of a recipe with their weights; <c>auto</c> is resolved by what the rows hold.</summary>
    /// <exception cref="TrainingFailure">A reward is unknown, or what it needs is in no row.</exception>
    public static IReadOnlyList<(Reward Reward, double Weight)> Create(MethodContext context, RolloutOptions options, IReadOnlyList<PromptExample> rows)
    {
        List<(Reward Reward, double Weight)> rewards = [];
        foreach (var entry in options.Rewards.Select(RewardEntry.Parse))
        {
            var name = entry.Name == RewardEntry.Auto ? Fitting(rows) : entry.Name;
            var create = All.FirstOrDefault(r => r.Name == name).Create ?? throw new TrainingFailure("bad_option", $"This build has no reward \"{name}\".", $"Use one of: {string.Join(", ", All.Select(r => r.Name))}.");
            var reward = create(context, options);
            var fit = rows.Count(r => reward.Lacks(r) is null);
            if (fit == 0)
            {
                throw new TrainingFailure("bad_data", $"The reward {name} needs {rows.Select(reward.Lacks).FirstOrDefault() ?? "rows"}, and no row has it.", "Add the column to the data, or choose another reward.");
            }

            if (fit < rows.Count)
            {
                context.Log("warn", $"{rows.Count - fit} of {rows.Count} rows lack {reward.Lacks(rows.First(r => reward.Lacks(r) is not null))}; the reward {name} does not judge them.");
            }

            rewards.Add((reward, entry.Weight));
        }

        return rewards;
    }

    private static string Fitting(IReadOnlyList<PromptExample> rows)
    {
        string[] candidates = ["refusal_pair", "json_schema", "regex", "numeric_answer", "exact_answer"];
        foreach (var name in candidates)
        {
            using Reward reward = name switch
            {
                "refusal_pair" => new RefusalPairReward(),
                "json_schema" => new JsonSchemaReward(null),
                "regex" => new RegexReward(null),
                "numeric_answer" => new NumericAnswerReward(),
                _ => new ExactAnswerReward(),
            };

            // Most rows decide: a few without the column are reported, not obeyed.
            if (rows.Count(r => reward.Lacks(r) is null && (name != "numeric_answer" || NumericAnswerReward.IsNumber(r.Reference!))) * 10 >= rows.Count * 9)
            {
                return name;
            }
        }

        throw new TrainingFailure("bad_data", "The data says nothing about which answers are good, so no reward can be chosen from it.", "Add a column wanted (refuse or answer), reference (the right answer), pattern or schema, or choose rewards that need no column, such as length or judge.");
    }
}
