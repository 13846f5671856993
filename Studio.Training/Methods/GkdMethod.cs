using Studio.Data.Examples;
using Studio.Data.Recipes;
using Studio.Data.Recipes.Methods;
using Studio.Training.Batching;
using Studio.Training.Generation;
using Studio.Training.Layers;
using Studio.Training.Methods.Objectives;
using Studio.Training.Native;
using Studio.Training.Rollouts;
using static TorchSharp.torch;

namespace Studio.Training.Methods;

/// <summary>Rows of a distillation batch; what is learned from is decided when the batch is trained on, because the student may write it.</summary>
public sealed record GkdBatch : TrainingBatch
{
    public required IReadOnlyList<LabelledTokens> Rows { get; init; }

    /// <summary>The student answers itself.</summary>
    public required bool OwnAnswers { get; init; }

    /// <summary>Decides the answers that are written.</summary>
    public required long Seed { get; init; }
}

/// <summary>
/// Generalised knowledge distillation (Agarwal et al. 2024): the student learns the teacher's whole prediction for every token of an answer, which comes from the data, from the teacher or, on policy, from the student itself.
/// </summary>
public sealed class GkdMethod(MethodContext context) : TrainingMethod(context)
{
    // Elements of one slice of logits: 32 MB in fp32; student, teacher and their mixture are held at the same time.
    private const long SliceElements = 1L << 23;

    private readonly GkdOptions options = (GkdOptions)TrainingMethods.Find("gkd")!.Read(context.Spec.Recipe.MethodOptions);
    private readonly DataOptions data = context.Spec.Recipe.Data;
    private IReadOnlyList<LabelledTokens> train = [];
    private IReadOnlyList<LabelledTokens> validation = [];
    private IReadOnlyList<Example> validationSource = [];
    private Teacher? teacher;

    public override int BatchesPerEpoch => BatchesOf(train.Count);

    private Teacher Teacher => teacher ??= Teacher.Load(Context, Context.Folder.Resolve(options.Teacher));

    public override PreparedData Prepare(CancellationToken cancel)
    {
        _ = Teacher;
        var reader = new ExampleReader(Context.Base, data with { Packing = false });
        var parts = DataParts<LabelledTokens>.Read(Context, path => reader.Read(path, cancel));
        (train, validation, validationSource) = (parts.Train, parts.Validation, parts.ValidationSource);
        return parts.Report;
    }

    public override IEnumerable<TrainingBatch> Batches(int epoch, int skip)
    {
        var number = skip;
        foreach (var members in Members(train.Count, epoch, skip))
        {
            // A seed of epoch and batch, so that a resumed run draws the same.
            var seed = SeededOrder.Seed(Context.Seed ^ 0x6B64, epoch, ++number);
            LabelledTokens[] rows = [.. members.Select(m => train[m])];
            yield return new GkdBatch
            {
                Rows = rows,
                OwnAnswers = (double)seed / long.MaxValue < options.Lmbda,
                Seed = seed,
                Tokens = rows.Sum(r => r.Ids.Length),
                ScoredTokens = rows.Sum(r => r.Labels.Skip(1).Count(l => l != Collation.Ignored)),
            };
        }
    }

    public override BatchLoss Loss(TrainingBatch batch, AccumulationWindow window)
    {
        var gkd = (GkdBatch)batch;
        IReadOnlyList<LabelledTokens> rows = gkd.OwnAnswers ? Written(gkd, Context) : options.SeqKd ? Written(gkd, Teacher.In(Context)) : gkd.Rows;
        var (loss, divergence, count) = Diverge(rows, 1.0 / window.Count, train: true);
        return new BatchLoss(loss, new Dictionary<string, double>
        {
            ["divergence"] = divergence,
            ["on_policy"] = gkd.OwnAnswers ? 1 : 0,
            ["completions/mean_length"] = (double)count / rows.Count,
        });
    }

    public override IReadOnlyDictionary<string, double>? Evaluate(CancellationToken cancel)
    {
        if (validation.Count == 0)
        {
            return null;
        }

        double sum = 0;
        long tokens = 0;
        foreach (var rows in validation.Chunk(Context.BatchSize))
        {
            cancel.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            var (_, divergence, count) = Diverge(rows, 1, train: false);
            sum += divergence * count;
            tokens += count;
        }

        return new Dictionary<string, double> { ["eval_loss"] = sum / Math.Max(1, tokens) };
    }

    public override IReadOnlyList<SamplePrompt> SamplePrompts(int count) =>
        new ExampleReader(Context.Base, data).Prompts(Context.Spec.SamplePrompts, validationSource, count);

    public override void Dispose()
    {
        teacher?.Dispose();
        base.Dispose();
    }

    /// <summary>The prompts of a batch with answers that somebody writes now.</summary>
    private List<LabelledTokens> Written(GkdBatch batch, MethodContext writer)
    {
        var prompts = batch.Rows.Select(PromptOf).ToList();
        var sampler = new RolloutSampler(writer, new SamplingOptions { Temperature = options.Temperature }, options.MaxNewTokens);
        IReadOnlyList<Rollout> answers;
        try
        {
            answers = sampler.Sample([.. prompts.Select(p => new PromptTokens(p, new PromptExample { Prompt = [] }))], [.. Enumerable.Range(0, prompts.Count)], batch.Seed);
        }
        finally
        {
            // The teacher may have stood on the student's projections.
            Context.Adapter?.Attach();
        }

        Context.Adapter?.SetTraining(true);
        return [.. answers.Select(a => new LabelledTokens([.. prompts[a.Prompt], .. a.Ids], [.. prompts[a.Prompt].Select(_ => Collation.Ignored), .. a.Ids]))];
    }

    // Everything before the last answer.
    private static int[] PromptOf(LabelledTokens row)
    {
        var end = Array.FindLastIndex(row.Labels, l => l != Collation.Ignored);
        var start = end;
        while (start > 0 && row.Labels[start - 1] != Collation.Ignored)
        {
            start--;
        }

        return row.Ids[..Math.Max(1, start)];
    }

    /// <summary>The divergence of student and teacher over the answers of some rows, per token; when training, as a tensor whose backward pass is ready.</summary>
    private (Tensor Loss, double Divergence, long Count) Diverge(IReadOnlyList<LabelledTokens> rows, double share, bool train)
    {
        var (ids, positions) = Lay(rows);
        var input = new ForwardInput(ids) { SegmentLengths = [[.. rows.Select(r => r.Ids.Length)]] };
        Tensor States(CausalLm model)
        {
            var all = model.Hidden(input);
            return all.reshape(-1, all.shape[^1]).index_select(0, positions);
        }

        var student = Context.Base.Model;
        using var quiet = no_grad();
        Tensor hidden;
        using (train ? enable_grad() : null)
        {
            hidden = States(student);
        }

        var theirs = Teacher.Use(m => States(m.Model));
        var count = positions.shape[0];
        var source = hidden.detach();
        var gradient = train ? empty_like(source) : null;
        double sum = 0;
        for (long start = 0, taken, width = 0; start < count; start += taken)
        {
            // The first slice is small and tells the size of the vocabulary.
            taken = Math.Min(count - start, width == 0 ? 16 : Math.Max(16, SliceElements / width));
            using var slice = NewDisposeScope();
            var (from, rowsHere) = (start, taken);
            var expected = Teacher.Use(m => m.Model.Head(theirs.narrow(0, from, rowsHere)).to_type(ScalarType.Float32));
            var part = source.narrow(0, start, taken);
            using (train ? enable_grad() : null)
            {
                part = train ? part.clone().requires_grad_() : part;
                var logits = student.Head(part).to_type(ScalarType.Float32);

                // Two models of one vocabulary may pad their logits differently.
                width = Math.Min(logits.shape[^1], expected.shape[^1]);
                var result = Distillation.Compute(logits.narrow(-1, 0, width), expected.narrow(-1, 0, width), options.Beta, options.Temperature, "sum");
                sum += result.Loss.item<float>();
                if (train)
                {
                    (result.Loss * Scalars.Of(share / count)).backward();
                    gradient!.narrow(0, start, taken).copy_(part.grad!);
                }
            }
        }

        var divergence = sum / Math.Max(1, count);
        if (!train)
        {
            return (hidden, divergence, count);
        }

        using (enable_grad())
        {
            return (TokenLoss.Attach(hidden, new TokenLossResult(divergence * share, gradient, 0, count, 0)), divergence, count);
        }
    }

    /// <summary>Rows end to end, and the positions whose next token belongs to an answer.</summary>
    private (Tensor Ids, Tensor Positions) Lay(IReadOnlyList<LabelledTokens> rows)
    {
        List<long> positions = [];
        long start = 0;
        foreach (var row in rows)
        {
            for (var t = 1; t < row.Labels.Length; t++)
            {
                if (row.Labels[t] != Collation.Ignored)
                {
                    positions.Add(start + t - 1);
                }
            }

            start += row.Ids.Length;
        }

        return (
            tensor(rows.SelectMany(r => r.Ids.Select(i => (long)i)).ToArray(), device: Context.Device).reshape(1, -1),
            tensor(positions.ToArray(), device: Context.Device));
    }
}
