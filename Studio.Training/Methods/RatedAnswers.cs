using Studio.Data.Examples;
using Studio.Data.Recipes;
using Studio.Data.Validation;
using Studio.Training.Methods.Objectives;
using static TorchSharp.torch;

namespace Studio.Training.Methods;

/// <summary>One answer as tokens, and whether it is wanted.</summary>
public sealed record RatedTokens(int[] Prompt, int[] Answer, bool Wanted);

/// <summary>Rated answers, and the answers of other prompts in their place where a method measures those.</summary>
public sealed record RatedBatch : TrainingBatch
{
    public required AnswerBatch Answers { get; init; }

    public AnswerBatch? Mismatched { get; init; }

    public required bool[] Wanted { get; init; }

    public override void Dispose()
    {
        Answers.Dispose();
        Mismatched?.Dispose();
        base.Dispose();
    }
}

/// <summary>What the methods on single judged answers share: reading, batching, the reference, evaluation. A method adds its objective.</summary>
public abstract class RatedAnswers(MethodContext context) : TrainingMethod(context)
{
    private const int SmallestBlock = 4;

    private readonly DataOptions data = context.Spec.Recipe.Data;
    private readonly ReferenceScores reference = new(context);
    private IReadOnlyList<RatedTokens> train = [];
    private IReadOnlyList<RatedTokens> validation = [];
    private IReadOnlyList<Example> validationSource = [];
    private AnswerTokens[] trainMismatched = [];
    private AnswerTokens[] validationMismatched = [];

    public override int BatchesPerEpoch => BatchesOf(train.Count);

    /// <summary>True also measures every prompt with the answer of another.</summary>
    protected virtual bool NeedsMismatched => false;

    public override PreparedData Prepare(CancellationToken cancel)
    {
        var reader = new ExampleReader(Context.Base, data);
        var (kept, held, source, report) = DataParts<RatedTokens>.Read(Context, path => reader.ReadRated(path, cancel));
        validationSource = source;
        var wanted = kept.Count(r => r.Wanted);
        if (kept.Count > 0 && (wanted == 0 || wanted == kept.Count))
        {
            report = report with
            {
                Problems = [.. report.Problems, new Problem("one_sided", Severity.Warning, $"All rated answers are {(wanted == 0 ? "unwanted" : "wanted")}; there is nothing to tell apart.", "Add answers of the other kind.")],
            };
        }

        return Use(kept, report, held);
    }

    /// <summary>Takes tokenised answers as they are; <see cref="Prepare"/> ends here.</summary>
    internal PreparedData Use(IReadOnlyList<RatedTokens> answers, PreparedData report, IReadOnlyList<RatedTokens>? held = null)
    {
        (train, validation) = (answers, held ?? []);
        if (NeedsMismatched)
        {
            trainMismatched = Mismatch(train);
            validationMismatched = Mismatch(validation);
        }

        return report;
    }

    public override IEnumerable<TrainingBatch> Batches(int epoch, int skip)
    {
        EnsureReference(resumed: epoch > 0 || skip > 0);
        foreach (var members in Members(train.Count, epoch, skip))
        {
            yield return Collate(train, trainMismatched, members);
        }
    }

    public override BatchLoss Loss(TrainingBatch batch, AccumulationWindow window)
    {
        var rated = (RatedBatch)batch;
        var mismatched = Divergences(rated, "train");
        var (loss, metrics, measured) = rated.Answers.Loss(
            Context.Base.Model, 1.0 / window.Count, squares: false, policy => Objective(policy, Reference(policy, "train", rated.Answers.Members), rated.Wanted, mismatched, training: true));
        return new BatchLoss(loss, WithLogits(metrics, rated, measured));
    }

    public override IReadOnlyDictionary<string, double>? Evaluate(CancellationToken cancel)
    {
        if (validation.Count == 0)
        {
            return null;
        }

        EnsureReference(resumed: false);
        using var quiet = no_grad();
        Dictionary<string, (double Sum, int Rows)> sums = new(StringComparer.Ordinal);
        foreach (var members in Enumerable.Range(0, validation.Count).Chunk(Math.Max(SmallestBlock, Context.BatchSize)))
        {
            cancel.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            using var batch = Collate(validation, validationMismatched, members);
            var own = ScoredTokens.Measure(Context.Base.Model.Head, batch.Answers.Hidden(Context.Base.Model), batch.Answers.Targets, squares: false).LogProbabilities;
            var policy = batch.Answers.Scores(own);
            var result = Objective(policy, Reference(policy, "validation", members), batch.Wanted, Divergences(batch, "validation"), training: false);
            foreach (var (name, value) in result.Metrics.Append(new("loss", result.Loss.item<float>())))
            {
                // A number about one side counts for the answers of that side.
                var rows = name.EndsWith("/chosen", StringComparison.Ordinal) ? batch.Wanted.Count(w => w) : name.EndsWith("/rejected", StringComparison.Ordinal) ? batch.Wanted.Count(w => !w) : members.Length;
                var (sum, count) = sums.GetValueOrDefault(name);
                sums[name] = (sum + (value * rows), count + rows);
            }
        }

        return sums.Where(s => s.Value.Rows > 0).ToDictionary(s => "eval_" + s.Key, s => s.Value.Sum / s.Value.Rows);
    }

    public override IReadOnlyList<SamplePrompt> SamplePrompts(int count) =>
        new ExampleReader(Context.Base, data).Prompts(Context.Spec.SamplePrompts, validationSource, count);

    /// <summary>The loss of some answers and its numbers.</summary>
    /// <param name="mismatched">(sequences): log π − log π_ref of other prompts' answers; null unless asked for.</param>
    protected abstract ObjectiveResult Objective(CompletionScores policy, CompletionScores reference, IReadOnlyList<bool> wanted, Tensor? mismatched, bool training);

    private void EnsureReference(bool resumed)
    {
        if (!Context.Rehearsal)
        {
            reference.Ensure(
                [
                    ("train", Answers(train)), ("validation", Answers(validation)),
                    ("train_mismatched", trainMismatched), ("validation_mismatched", validationMismatched),
                ],
                resumed);
        }
    }

    // A rehearsal stands at the beginning: the model itself is the reference.
    private CompletionScores Reference(CompletionScores policy, string set, int[] members) =>
        policy with { Tokens = Context.Rehearsal ? policy.Tokens.detach() : reference.Of(set, members) };

    private Tensor? Divergences(RatedBatch batch, string set)
    {
        if (batch.Mismatched is not { } answers)
        {
            return null;
        }

        using var quiet = no_grad();
        var own = answers.Scores(ScoredTokens.Measure(Context.Base.Model.Head, answers.Hidden(Context.Base.Model), answers.Targets, squares: false).LogProbabilities);
        return own.Sums() - Reference(own, set + "_mismatched", answers.Members).Sums();
    }

    private RatedBatch Collate(IReadOnlyList<RatedTokens> source, AnswerTokens[] mismatched, int[] members)
    {
        var answers = AnswerBatch.Of([.. members.Select(m => new AnswerTokens(source[m].Prompt, source[m].Answer))], members, Context.Device);
        var others = mismatched.Length == 0 ? null : AnswerBatch.Of([.. members.Select(m => mismatched[m])], members, Context.Device);
        return new RatedBatch
        {
            Answers = answers,
            Mismatched = others,
            Wanted = [.. members.Select(m => source[m].Wanted)],
            Tokens = answers.Tokens + (others?.Tokens ?? 0),
            ScoredTokens = answers.ScoredTokens,
        };
    }

    /// <summary>
    /// Every prompt with the answer of the row before it, inside blocks of a batch (TRL). Shuffled data is mixed first, since files often hold several answers to one prompt in a row;
    /// a last block of one row joins the block before it, where it would otherwise meet its own answer.
    /// </summary>
    private AnswerTokens[] Mismatch(IReadOnlyList<RatedTokens> rows)
    {
        var block = Context.BatchSize > 1 ? Context.BatchSize : SmallestBlock;
        var blocks = Order(rows.Count, epoch: -1).Chunk(block).ToList();
        if (blocks.Count > 1 && blocks[^1].Length == 1)
        {
            blocks[^2] = [.. blocks[^2], .. blocks[^1]];
            blocks.RemoveAt(blocks.Count - 1);
        }

        var all = new AnswerTokens[rows.Count];
        foreach (var members in blocks)
        {
            for (var i = 0; i < members.Length; i++)
            {
                var (prompt, answer) = (rows[members[i]].Prompt, rows[members[(i + members.Length - 1) % members.Length]].Answer);
                all[members[i]] = new AnswerTokens(prompt, answer[..Math.Clamp(data.MaxLength - prompt.Length, 0, answer.Length)]);
            }
        }

        return all;
    }

    private static AnswerTokens[] Answers(IReadOnlyList<RatedTokens> rows) => [.. rows.Select(r => new AnswerTokens(r.Prompt, r.Answer))];

    private static Dictionary<string, double> WithLogits(IReadOnlyDictionary<string, double> metrics, RatedBatch batch, ScoredTokens.Measured measured)
    {
        Dictionary<string, double> all = new(metrics);
        var logits = measured.MeanLogits.cpu().data<float>().ToArray();
        foreach (var (name, side) in new[] { ("chosen", true), ("rejected", false) })
        {
            double sum = 0;
            var count = 0;
            for (int s = 0, at = 0; s < batch.Wanted.Length; at += batch.Answers.Counts[s], s++)
            {
                if (batch.Wanted[s] == side)
                {
                    sum += logits.AsSpan(at, batch.Answers.Counts[s]).ToArray().Sum(v => (double)v);
                    count += batch.Answers.Counts[s];
                }
            }

            if (count > 0)
            {
                all[$"logits/{name}"] = sum / count;
            }
        }

        return all;
    }
}
