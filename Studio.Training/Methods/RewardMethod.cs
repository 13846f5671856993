using Studio.Data.Recipes;
using Studio.Data.Recipes.Methods;
using Studio.Training.Layers;
using Studio.Training.Methods.Objectives;
using Studio.Training.Native;
using Studio.Training.Rewards;
using static TorchSharp.torch;

namespace Studio.Training.Methods;

/// <summary>Chosen sequences and then the rejected ones, each judged at its last token.</summary>
public sealed record RewardBatch : TrainingBatch
{
    /// <summary>(1, tokens)</summary>
    public required Tensor Ids { get; init; }

    public required int[] Segments { get; init; }

    /// <summary>(pairs) fp32, or null where no pair of the batch has a margin.</summary>
    public Tensor? Margin { get; init; }

    public override void Dispose()
    {
        Ids.Dispose();
        Margin?.Dispose();
        base.Dispose();
    }
}

/// <summary>A reward model on pairs: a score per answer, higher for the better one. The result serves later jobs and evaluations as a judge.</summary>
public sealed class RewardMethod(MethodContext context) : ScoringMethod(context, outputs: 1, bias: false)
{
    private readonly RewardOptions options = (RewardOptions)TrainingMethods.Find("reward")!.Read(context.Spec.Recipe.MethodOptions);
    private readonly DataOptions data = context.Spec.Recipe.Data;
    private IReadOnlyList<PairTokens> train = [];
    private IReadOnlyList<PairTokens> validation = [];

    public override int BatchesPerEpoch => BatchesOf(train.Count);

    public override string TaskType => "SEQ_CLS";

    public override PreparedData Prepare(CancellationToken cancel)
    {
        var reader = new ExampleReader(Context.Base, data);
        var parts = DataParts<PairTokens>.Read(Context, path => reader.ReadPairs(path, cancel, whole: true));
        validation = [.. parts.Validation.Select(Ended)];
        return Use([.. parts.Train.Select(Ended)], parts.Report);
    }

    /// <summary>Takes tokenised pairs as they are; <see cref="Prepare"/> ends here.</summary>
    internal PreparedData Use(IReadOnlyList<PairTokens> pairs, PreparedData report)
    {
        train = pairs;
        return report;
    }

    public override IEnumerable<TrainingBatch> Batches(int epoch, int skip)
    {
        foreach (var members in Members(train.Count, epoch, skip))
        {
            yield return Collate([.. members.Select(m => train[m])]);
        }
    }

    public override BatchLoss Loss(TrainingBatch batch, AccumulationWindow window)
    {
        var result = Score((RewardBatch)batch);
        return new BatchLoss(result.Loss * Scalars.Of(1.0 / window.Count), result.Metrics);
    }

    public override IReadOnlyDictionary<string, double>? Evaluate(CancellationToken cancel)
    {
        if (validation.Count == 0)
        {
            return null;
        }

        using var quiet = no_grad();
        Dictionary<string, double> sums = [];
        foreach (var pairs in validation.Chunk(Context.BatchSize))
        {
            cancel.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            using var batch = Collate(pairs);
            var result = Score(batch);
            foreach (var (name, value) in result.Metrics.Append(new("loss", result.Loss.item<float>())))
            {
                sums[name] = name switch
                {
                    "min_reward" => Math.Min(sums.GetValueOrDefault(name, double.PositiveInfinity), value),
                    "max_reward" => Math.Max(sums.GetValueOrDefault(name, double.NegativeInfinity), value),
                    _ => sums.GetValueOrDefault(name) + (value * pairs.Length / validation.Count),
                };
            }
        }

        return sums.ToDictionary(s => "eval_" + s.Key, s => s.Value);
    }

    private ObjectiveResult Score(RewardBatch batch)
    {
        var hidden = Context.Base.Model.Hidden(new ForwardInput(batch.Ids) { SegmentLengths = [batch.Segments] });
        var ends = hidden.reshape(-1, hidden.shape[^1]).index_select(0, RewardScorer.Ends(batch.Segments, hidden.device));
        return RewardModel.Compute(Head.Forward(ends).squeeze(1), batch.Margin, options.CenterRewardsCoefficient);
    }

    private RewardBatch Collate(IReadOnlyList<PairTokens> pairs)
    {
        List<int[]> sequences = [.. pairs.Select(p => (int[])[.. p.Prompt, .. p.Chosen]), .. pairs.Select(p => (int[])[.. p.Prompt, .. p.Rejected])];
        var ids = sequences.SelectMany(s => s.Select(i => (long)i)).ToArray();
        return new RewardBatch
        {
            Ids = tensor(ids, device: Context.Device).reshape(1, -1).DetachFromDisposeScope(),
            Segments = [.. sequences.Select(s => s.Length)],
            Margin = pairs.Any(p => p.Margin is not null) ? tensor(pairs.Select(p => (float)(p.Margin ?? 0)).ToArray(), device: Context.Device).DetachFromDisposeScope() : null,
            Tokens = ids.Length,
            ScoredTokens = sequences.Count,
        };
    }

    // Answers that a model writes end with the token that ends its turn, and what a template writes after that (a line break) is not part of them: both are judged at the same place.
    private PairTokens Ended(PairTokens pair) => pair with { Chosen = Ended(pair.Chosen), Rejected = Ended(pair.Rejected) };

    private int[] Ended(int[] answer)
    {
        var end = Array.FindLastIndex(answer, Context.Base.EosTokenIds.Contains);
        return end >= 0 && answer.Length - end <= 3 ? answer[..(end + 1)] : answer;
    }
}
