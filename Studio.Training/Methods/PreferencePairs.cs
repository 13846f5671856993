using Studio.Data.Examples;
using Studio.Data.Recipes;
using Studio.Training.Batching;
using Studio.Training.Layers;
using Studio.Training.Methods.Objectives;
using Studio.Training.Native;
using static TorchSharp.torch;

namespace Studio.Training.Methods;

/// <summary>A pair as tokens: one prompt, a better and a worse answer.</summary>
public sealed record PairTokens(int[] Prompt, int[] Chosen, int[] Rejected)
{
    public int Length => (2 * Prompt.Length) + Chosen.Length + Rejected.Length;
}

/// <summary>Chosen sequences and then the rejected ones, laid end to end, each seeing only itself.</summary>
public sealed record PairBatch : TrainingBatch
{
    /// <summary>Numbers of the pairs in the data.</summary>
    public required int[] Members { get; init; }

    /// <summary>(1, tokens)</summary>
    public required Tensor Ids { get; init; }

    public required int[] Segments { get; init; }

    /// <summary>(scored): positions whose next token is scored.</summary>
    public required Tensor Positions { get; init; }

    /// <summary>(scored): those next tokens.</summary>
    public required Tensor Targets { get; init; }

    /// <summary>(scored): the sequence each belongs to.</summary>
    public required Tensor Sequence { get; init; }

    /// <summary>Scored tokens per sequence.</summary>
    public required int[] Counts { get; init; }

    /// <summary>Answer tokens per sequence.</summary>
    public required int[] Lengths { get; init; }

    public override void Dispose()
    {
        Ids.Dispose();
        Positions.Dispose();
        Targets.Dispose();
        Sequence.Dispose();
        base.Dispose();
    }
}

/// <summary>What all methods on pairs share: reading, batching, and the way from an objective on log-probabilities to a gradient. A method adds its objective.</summary>
public abstract class PreferencePairs(MethodContext context) : TrainingMethod(context)
{
    private readonly DataOptions data = context.Spec.Recipe.Data;
    private IReadOnlyList<PairTokens> train = [];
    private IReadOnlyList<PairTokens> validation = [];
    private IReadOnlyList<Example> validationSource = [];

    public override int BatchesPerEpoch => (train.Count + Context.BatchSize - 1) / Context.BatchSize;

    protected IReadOnlyList<PairTokens> Train => train;

    protected IReadOnlyList<PairTokens> Validation => validation;

    /// <summary>True scores the prompt of the chosen sequence too.</summary>
    protected virtual bool ScoresPrompt => false;

    /// <summary>True also measures the squared probabilities.</summary>
    protected virtual bool NeedsSquares => false;

    public override PreparedData Prepare(CancellationToken cancel)
    {
        var reader = new ExampleReader(Context.Base, data);
        var (kept, report, _) = reader.ReadPairs(Context.Folder.Resolve(Context.Spec.TrainData), cancel);
        if (Context.Spec.ValidationData is { } path)
        {
            (validation, var validationReport, validationSource) = reader.ReadPairs(Context.Folder.Resolve(path), cancel);
            report = report with { ValidationExamples = validation.Count, Problems = [.. report.Problems, .. validationReport.Problems] };
        }

        return Use(kept, report);
    }

    /// <summary>Takes tokenised pairs as they are; <see cref="Prepare"/> ends here.</summary>
    internal PreparedData Use(IReadOnlyList<PairTokens> pairs, PreparedData report)
    {
        train = pairs;
        return report;
    }

    public override IEnumerable<TrainingBatch> Batches(int epoch, int skip)
    {
        BeforeTraining(resumed: epoch > 0 || skip > 0);
        var order = data.Shuffle ? SeededOrder.Permutation(train.Count, Context.Seed, epoch) : [.. Enumerable.Range(0, train.Count)];
        foreach (var members in order.Chunk(Context.BatchSize).Skip(skip))
        {
            yield return Collate(train, members);
        }
    }

    public override BatchLoss Loss(TrainingBatch batch, AccumulationWindow window)
    {
        var pairs = (PairBatch)batch;
        var hidden = Hidden(pairs);
        var measured = ScoredTokens.Measure(Context.Base.Model.Head, hidden, pairs.Targets, NeedsSquares);
        var leaf = measured.LogProbabilities.clone().requires_grad_();
        var result = Objective(Scores(pairs, leaf, measured), pairs, training: true);
        result.Loss.backward();

        // transformers divides the loss of every micro-batch by their number; the step is their mean.
        var share = 1.0 / window.Count;
        var slopes = leaf.grad!.mul(Scalars.Of(share));
        var loss = ScoredTokens.Attach(Context.Base.Model.Head, hidden, pairs.Targets, slopes, result.Loss.item<float>() * share);
        return new BatchLoss(loss, WithLogits(result.Metrics, pairs, measured));
    }

    public override IReadOnlyDictionary<string, double>? Evaluate(CancellationToken cancel)
    {
        if (validation.Count == 0)
        {
            return null;
        }

        using var quiet = no_grad();
        Dictionary<string, double> sums = [];
        foreach (var members in Enumerable.Range(0, validation.Count).Chunk(Context.BatchSize))
        {
            cancel.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            using var batch = Collate(validation, members);
            var measured = ScoredTokens.Measure(Context.Base.Model.Head, Hidden(batch), batch.Targets, NeedsSquares);
            var result = Objective(Scores(batch, measured.LogProbabilities, measured), batch, training: false);
            foreach (var (name, value) in result.Metrics.Append(new("loss", result.Loss.item<float>())))
            {
                sums[name] = sums.GetValueOrDefault(name) + (value * members.Length / validation.Count);
            }
        }

        return sums.ToDictionary(s => "eval_" + s.Key, s => s.Value);
    }

    public override IReadOnlyList<SamplePrompt> SamplePrompts(int count) =>
        new ExampleReader(Context.Base, data).Prompts(Context.Spec.SamplePrompts, validationSource, count);

    /// <summary>The loss of a batch and its numbers, from the log-probabilities of its answers.</summary>
    protected abstract ObjectiveResult Objective(CompletionScores policy, PairBatch batch, bool training);

    /// <summary>Called before the first batch; a resumed run has trained weights in the model.</summary>
    protected virtual void BeforeTraining(bool resumed)
    {
    }

    /// <summary>(scored, hidden): states from which the scored tokens are predicted.</summary>
    protected Tensor Hidden(PairBatch batch)
    {
        var hidden = Context.Base.Model.Hidden(new ForwardInput(batch.Ids) { SegmentLengths = [batch.Segments] });
        return hidden.reshape(-1, hidden.shape[^1]).index_select(0, batch.Positions);
    }

    protected static CompletionScores Scores(PairBatch batch, Tensor logProbabilities, ScoredTokens.Measured? measured) =>
        new(logProbabilities, batch.Sequence, batch.Counts) { Lengths = batch.Lengths, LogSquares = measured?.LogSquares };

    internal PairBatch Collate(IReadOnlyList<PairTokens> source, int[] members)
    {
        List<int[]> sequences = [];
        List<int> scoredFrom = [], lengths = [];
        foreach (var chosen in new[] { true, false })
        {
            foreach (var member in members)
            {
                var pair = source[member];
                var answer = chosen ? pair.Chosen : pair.Rejected;
                sequences.Add([.. pair.Prompt, .. answer]);
                scoredFrom.Add(chosen && ScoresPrompt ? 1 : Math.Max(1, pair.Prompt.Length));
                lengths.Add(answer.Length);
            }
        }

        var ids = sequences.SelectMany(s => s.Select(i => (long)i)).ToArray();
        List<long> positions = [], targets = [], owners = [];
        var counts = new int[sequences.Count];
        for (int s = 0, start = 0; s < sequences.Count; start += sequences[s].Length, s++)
        {
            for (var t = scoredFrom[s]; t < sequences[s].Length; t++)
            {
                positions.Add(start + t - 1);
                targets.Add(sequences[s][t]);
                owners.Add(s);
            }

            counts[s] = Math.Max(0, sequences[s].Length - scoredFrom[s]);
        }

        var device = Context.Device;
        return new PairBatch
        {
            Members = members,
            Ids = tensor(ids, device: device).reshape(1, -1).DetachFromDisposeScope(),
            Segments = [.. sequences.Select(s => s.Length)],
            Positions = tensor(positions.ToArray(), device: device).DetachFromDisposeScope(),
            Targets = tensor(targets.ToArray(), device: device).DetachFromDisposeScope(),
            Sequence = tensor(owners.ToArray(), device: device).DetachFromDisposeScope(),
            Counts = counts,
            Lengths = [.. lengths],
            Tokens = ids.Length,
            ScoredTokens = positions.Count,
        };
    }

    private static IReadOnlyDictionary<string, double> WithLogits(IReadOnlyDictionary<string, double> metrics, PairBatch batch, ScoredTokens.Measured measured)
    {
        var chosen = batch.Counts.Take(batch.Counts.Length / 2).Sum();
        var rejected = batch.Counts.Sum() - chosen;
        return chosen == 0 || rejected == 0 ? metrics : new Dictionary<string, double>(metrics)
        {
            ["logits/chosen"] = measured.MeanLogits.narrow(0, 0, chosen).mean().item<float>(),
            ["logits/rejected"] = measured.MeanLogits.narrow(0, chosen, rejected).mean().item<float>(),
        };
    }
}
