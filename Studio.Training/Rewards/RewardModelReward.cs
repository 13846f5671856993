namespace Studio.Training.Rewards;

/// <summary>The score of a trained reward model: its adapter and head on the base that the policy uses too.</summary>
internal sealed class RewardModelReward(RewardScorer scorer) : Reward
{
    public override string Name => "reward_model";

    public override Task<double[]> ScoreAsync(IReadOnlyList<JudgedAnswer> answers, CancellationToken cancellation) =>
        Task.FromResult(scorer.Score([.. answers.Select(a => (a.PromptIds.ToArray(), a.Ids.ToArray()))]).Select(s => (double)s).ToArray());

    public override void Dispose()
    {
        scorer.Dispose();
        base.Dispose();
    }
}
