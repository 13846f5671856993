using System.Text.Json.Nodes;
using Studio.Training.Evaluation;
using Studio.Training.Methods.Objectives;
using Studio.Training.Rewards;

namespace Studio.Training.Rollouts;

/// <summary>Gives sampled answers their rewards, and says in numbers and events what came of them.</summary>
internal sealed class RolloutJudgement(IReadOnlyList<(Reward Reward, double Weight)> rewards) : IDisposable
{
    private const int ShownRows = 16;

    public IReadOnlyList<double> Weights { get; } = [.. rewards.Select(r => r.Weight)];

    public IReadOnlyList<Rollout> Score(IReadOnlyList<PromptTokens> data, IReadOnlyList<Rollout> rows)
    {
        JudgedAnswer[] answers =
        [
            .. rows.Select(r => new JudgedAnswer { Row = data[r.Prompt].Row, PromptIds = data[r.Prompt].Ids, Ids = r.Ids, Text = r.Text, Stopped = r.Stopped }),
        ];
        var columns = rewards.Select(r => r.Reward.ScoreAsync(answers, CancellationToken.None).GetAwaiter().GetResult()).ToArray();
        double[][] parts = [.. rows.Select((_, i) => columns.Select(c => c[i]).ToArray())];
        var sums = GroupAdvantages.WeightedSums(parts, Weights);
        return [.. rows.Select((r, i) => r with { Rewards = parts[i], Score = double.IsNaN(sums[i]) ? 0 : sums[i] })];
    }

    /// <summary>Numbers by the names TRL gives them, and refusals among the answers.</summary>
    /// <param name="each">Answers per prompt.</param>
    public Dictionary<string, double> Metrics(IReadOnlyList<PromptTokens> data, IReadOnlyList<Rollout> rows, int each)
    {
        Dictionary<string, double> metrics = new(StringComparer.Ordinal);
        var lengths = rows.Select(r => (double)r.Ids.Length).ToArray();
        var ended = rows.Where(r => r.Stopped).Select(r => (double)r.Ids.Length).ToArray();
        metrics["completions/mean_length"] = lengths.Average();
        metrics["completions/min_length"] = lengths.Min();
        metrics["completions/max_length"] = lengths.Max();
        metrics["completions/clipped_ratio"] = 1 - ((double)ended.Length / rows.Count);
        metrics["completions/mean_terminated_length"] = ended.DefaultIfEmpty(0).Average();
        metrics["completions/min_terminated_length"] = ended.DefaultIfEmpty(0).Min();
        metrics["completions/max_terminated_length"] = ended.DefaultIfEmpty(0).Max();
        for (var f = 0; f < rewards.Count; f++)
        {
            var given = rows.Select(r => r.Rewards[f]).ToArray();
            if (given.Any(g => !double.IsNaN(g)))
            {
                metrics[$"rewards/{rewards[f].Reward.Name}/mean"] = GroupAdvantages.Mean(given);
                metrics[$"rewards/{rewards[f].Reward.Name}/std"] = GroupAdvantages.Deviation(given);
            }
        }

        var sums = rows.Select(r => r.Score).ToArray();
        metrics["reward"] = sums.Average();
        if (each > 1)
        {
            var spreads = sums.Chunk(each).Select(GroupAdvantages.Deviation).ToArray();
            metrics["reward_std"] = spreads.Average();
            metrics["frac_reward_zero_std"] = spreads.Average(s => s < 1e-8 ? 1.0 : 0);
        }
        else
        {
            metrics["reward_std"] = GroupAdvantages.Deviation(sums);
        }

        var refused = rows.Select(r => RefusalJudge.Shipped.Refused(r.Text)).ToArray();
        metrics["refusals/all"] = refused.Average(r => r ? 1.0 : 0);
        foreach (var (name, trap) in new[] { ("refusals/traps", true), ("refusals/harmless", false) })
        {
            var members = Enumerable.Range(0, rows.Count).Where(i => RefusalPairReward.IsTrap(data[rows[i].Prompt].Row) == trap).ToArray();
            if (members.Length > 0)
            {
                metrics[name] = members.Average(i => refused[i] ? 1.0 : 0);
            }
        }

        return metrics;
    }

    /// <summary>Some answers to read while it trains: whole groups, each answer with its reward by part.</summary>
    public IEnumerable<JsonObject> Shown(IReadOnlyList<PromptTokens> data, IReadOnlyList<Rollout> rows, int each)
    {
        var shown = Math.Max(each, ShownRows / each * each);
        for (var i = 0; i < Math.Min(shown, rows.Count); i++)
        {
            var (row, source) = (rows[i], data[rows[i].Prompt].Row);
            var parts = new JsonObject();
            for (var f = 0; f < rewards.Count; f++)
            {
                if (!double.IsNaN(row.Rewards[f]))
                {
                    parts[rewards[f].Reward.Name] = Math.Round(row.Rewards[f], 4);
                }
            }

            yield return new JsonObject
            {
                ["index"] = i,
                ["group"] = i / each,
                ["prompt"] = source.Prompt.LastOrDefault(m => m.Role == "user")?.Content ?? source.Prompt[^1].Content,
                ["answer"] = row.Text,
                ["reward"] = Math.Round(row.Score, 4),
                ["rewards"] = parts,
                ["advantage"] = Math.Round(row.Advantage, 4),
                ["tokens"] = row.Ids.Length,
                ["stopped"] = row.Stopped,
                ["reference"] = source.Reference,
                ["wanted"] = RefusalPairReward.IsTrap(source) switch { true => "refuse", false => "answer", null => null },
            };
        }
    }

    public void Dispose()
    {
        foreach (var (reward, _) in rewards)
        {
            reward.Dispose();
        }
    }
}
