using Studio.Data.Recipes;
using Studio.Data.Recipes.Methods;
using Studio.Training.Layers;
using Studio.Training.Methods.Objectives;
using static TorchSharp.torch;

namespace Studio.Training.Methods;

/// <summary>A solution as tokens and the places where its steps end, each with its verdict.</summary>
public sealed record StepTokens(int[] Ids, IReadOnlyList<(int Position, bool Right)> Judged);

/// <summary>Solutions laid end to end, each seeing only itself.</summary>
public sealed record StepBatch : TrainingBatch
{
    /// <summary>(1, tokens)</summary>
    public required Tensor Ids { get; init; }

    public required int[] Segments { get; init; }

    /// <summary>(steps): where steps end.</summary>
    public required Tensor Positions { get; init; }

    /// <summary>(steps): 1 right, 0 wrong.</summary>
    public required Tensor Labels { get; init; }

    public override void Dispose()
    {
        Ids.Dispose();
        Positions.Dispose();
        Labels.Dispose();
        base.Dispose();
    }
}

/// <summary>A process reward model: judges every step of a solution at the token that ends it.</summary>
public sealed class ProcessRewardMethod(MethodContext context) : ScoringMethod(context, outputs: 2, bias: true)
{
    private readonly ProcessRewardOptions options = (ProcessRewardOptions)TrainingMethods.Find("prm")!.Read(context.Spec.Recipe.MethodOptions);
    private readonly DataOptions data = context.Spec.Recipe.Data;
    private IReadOnlyList<StepTokens> train = [];
    private IReadOnlyList<StepTokens> validation = [];

    public override int BatchesPerEpoch => BatchesOf(train.Count);

    public override string TaskType => "TOKEN_CLS";

    public override PreparedData Prepare(CancellationToken cancel)
    {
        var reader = new ExampleReader(Context.Base, data);
        var parts = DataParts<StepTokens>.Read(Context, path => reader.ReadSteps(path, Separator, options.TrainOnLastStepOnly, cancel));
        (train, validation) = (parts.Train, parts.Validation);
        return parts.Report;
    }

    // A form cannot hold a line break, so it is written as \n there.
    private string Separator => options.StepSeparator.Replace("\\n", "\n", StringComparison.Ordinal);

    public override IEnumerable<TrainingBatch> Batches(int epoch, int skip)
    {
        foreach (var members in Members(train.Count, epoch, skip))
        {
            yield return Collate([.. members.Select(m => train[m])]);
        }
    }

    public override BatchLoss Loss(TrainingBatch batch, AccumulationWindow window)
    {
        var steps = (StepBatch)batch;
        var result = ProcessReward.Compute(Logits(steps), steps.Labels, window.ScoredTokens);
        return new BatchLoss(result.Loss, result.Metrics);
    }

    public override IReadOnlyDictionary<string, double>? Evaluate(CancellationToken cancel)
    {
        if (validation.Count == 0)
        {
            return null;
        }

        using var quiet = no_grad();
        double loss = 0, right = 0, count = 0;
        foreach (var rows in validation.Chunk(Context.BatchSize))
        {
            cancel.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            using var batch = Collate(rows);
            var result = ProcessReward.Compute(Logits(batch), batch.Labels, 1);
            loss += result.Loss.item<float>();
            right += result.Metrics["accuracy"] * batch.ScoredTokens;
            count += batch.ScoredTokens;
        }

        return new Dictionary<string, double> { ["eval_loss"] = loss / count, ["eval_accuracy"] = right / count };
    }

    private Tensor Logits(StepBatch batch)
    {
        var hidden = Context.Base.Model.Hidden(new ForwardInput(batch.Ids) { SegmentLengths = [batch.Segments] });
        return Head.Forward(hidden.reshape(-1, hidden.shape[^1]).index_select(0, batch.Positions));
    }

    private StepBatch Collate(IReadOnlyList<StepTokens> rows)
    {
        List<long> positions = [], labels = [];
        long start = 0;
        foreach (var row in rows)
        {
            foreach (var (position, right) in row.Judged)
            {
                positions.Add(start + position);
                labels.Add(right ? 1 : 0);
            }

            start += row.Ids.Length;
        }

        return new StepBatch
        {
            Ids = tensor(rows.SelectMany(r => r.Ids.Select(i => (long)i)).ToArray(), device: Context.Device).reshape(1, -1).DetachFromDisposeScope(),
            Segments = [.. rows.Select(r => r.Ids.Length)],
            Positions = tensor(positions.ToArray(), device: Context.Device).DetachFromDisposeScope(),
            Labels = tensor(labels.ToArray(), device: Context.Device).DetachFromDisposeScope(),
            Tokens = start,
            ScoredTokens = labels.Count,
        };
    }
}
