using Studio.Data.Examples;
using Studio.Data.Recipes;
using Studio.Training.Methods.Objectives;
using static TorchSharp.torch;

namespace Studio.Training.Methods;

/// <summary>A pair as tokens: one prompt, a better and a worse answer.</summary>
public sealed record PairTokens(int[] Prompt, int[] Chosen, int[] Rejected)
{
    /// <summary>By how much the chosen answer is better (reward models); null where nobody said.</summary>
    public double? Margin { get; init; }

    public int Length => (2 * Prompt.Length) + Chosen.Length + Rejected.Length;

    public AnswerTokens Better => new(Prompt, Chosen);

    public AnswerTokens Worse => new(Prompt, Rejected);
}

/// <summary>What all methods on pairs share: reading, batching, and the way from an objective on log-probabilities to a gradient. A method adds its objective.</summary>
public abstract class PreferencePairs(MethodContext context) : TrainingMethod(context)
{
    private readonly DataOptions data = context.Spec.Recipe.Data;
    private IReadOnlyList<PairTokens> train = [];
    private IReadOnlyList<PairTokens> validation = [];
    private IReadOnlyList<Example> validationSource = [];

    public override int BatchesPerEpoch => BatchesOf(train.Count);

    protected IReadOnlyList<PairTokens> Train => train;

    protected IReadOnlyList<PairTokens> Validation => validation;

    /// <summary>True scores the prompt of the chosen sequence too.</summary>
    protected virtual bool ScoresPrompt => false;

    /// <summary>True also measures the squared probabilities.</summary>
    protected virtual bool NeedsSquares => false;

    public override PreparedData Prepare(CancellationToken cancel)
    {
        var reader = new ExampleReader(Context.Base, data);
        var parts = DataParts<PairTokens>.Read(Context, path => reader.ReadPairs(path, cancel));
        (validation, validationSource) = (parts.Validation, parts.ValidationSource);
        return Use(parts.Train, parts.Report);
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
        foreach (var members in Members(train.Count, epoch, skip))
        {
            yield return Collate(train, members);
        }
    }

    public override BatchLoss Loss(TrainingBatch batch, AccumulationWindow window)
    {
        // transformers divides the loss of every micro-batch by their number; the step is their mean.
        var pairs = (AnswerBatch)batch;
        var (loss, metrics, measured) = pairs.Loss(Context.Base.Model, 1.0 / window.Count, NeedsSquares, policy => Objective(policy, pairs, training: true));
        return new BatchLoss(loss, WithLogits(metrics, pairs, measured));
    }

    public override IReadOnlyDictionary<string, double>? Evaluate(CancellationToken cancel)
    {
        if (validation.Count == 0)
        {
            return null;
        }

        BeforeTraining(resumed: false);
        using var quiet = no_grad();
        Dictionary<string, double> sums = [];
        foreach (var members in Enumerable.Range(0, validation.Count).Chunk(Context.BatchSize))
        {
            cancel.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            using var batch = Collate(validation, members);
            var measured = ScoredTokens.Measure(Context.Base.Model.Head, batch.Hidden(Context.Base.Model), batch.Targets, NeedsSquares);
            var result = Objective(batch.Scores(measured.LogProbabilities, measured), batch, training: false);
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
    protected abstract ObjectiveResult Objective(CompletionScores policy, AnswerBatch batch, bool training);

    /// <summary>Called before the first batch and the first evaluation, and again before each later one; a resumed run has trained weights in the model.</summary>
    protected virtual void BeforeTraining(bool resumed)
    {
    }

    /// <summary>The chosen sequences of some pairs and then the rejected ones.</summary>
    internal AnswerBatch Collate(IReadOnlyList<PairTokens> source, int[] members) => AnswerBatch.Of(
        [.. members.Select(m => source[m].Better), .. members.Select(m => source[m].Worse)],
        members,
        Context.Device,
        sequence => ScoresPrompt && sequence < members.Length);

    private static IReadOnlyDictionary<string, double> WithLogits(IReadOnlyDictionary<string, double> metrics, AnswerBatch batch, ScoredTokens.Measured measured)
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
