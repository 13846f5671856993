using System.Diagnostics;
using System.Text.Json;
using Studio.Data;
using Studio.Data.Examples;
using Studio.Data.Jobs;
using Studio.Data.Recipes.Methods;
using Studio.Training.Batching;
using Studio.Training.Layers;
using Studio.Training.Loop;
using Studio.Training.Methods.Objectives;
using Studio.Training.Native;
using Studio.Training.Rewards;
using Studio.Training.Rollouts;
using static TorchSharp.torch;

namespace Studio.Training.Methods;

/// <summary>
/// What all methods share that let the model answer prompts and learn from the rewards of its answers: reading prompts, sampling, judging, micro-batches of a set of answers, and a checkpoint
/// in the middle of one. A method adds what it makes of the rewards, and its loss.
/// </summary>
public abstract class RolloutMethod(MethodContext context, RolloutOptions rolloutOptions) : TrainingMethod(context)
{
    private const string StateFile = "rollouts.json";
    private const int EvaluatedPrompts = 64;
    private const string Wanted = "Choose the batch size, gradient accumulation and answers per prompt so that they fit.";

    private readonly RolloutSampler sampler = new(context, rolloutOptions);
    private IReadOnlyList<PromptTokens> train = [];
    private IReadOnlyList<PromptTokens> validation = [];
    private RolloutJudgement? judgement;
    private ReferencePolicy? reference;
    private RolloutSet? current;

    public override int BatchesPerEpoch => train.Count == 0 ? 0 : SetsPerEpoch * BatchesPerSet;

    public override int BatchesPerCycle => BatchesPerSet;

    /// <summary>Answers sampled at once.</summary>
    protected abstract int RowsPerSet { get; }

    /// <summary>Answers to one prompt.</summary>
    protected abstract int AnswersPerPrompt { get; }

    /// <summary>Micro-batches that a set of answers is trained on, repeated passes included.</summary>
    protected abstract int BatchesPerSet { get; }

    /// <summary>True when log-probabilities under the reference are needed.</summary>
    protected abstract bool NeedsReference { get; }

    /// <summary>True when the policy moves while a set is trained on, so that the log-probabilities at sampling must be kept.</summary>
    protected abstract bool NeedsOld { get; }

    /// <summary>True leaves answers out that were cut at the longest length.</summary>
    protected virtual bool MasksTruncated => false;

    protected IReadOnlyList<PromptTokens> Train => train;

    protected IReadOnlyList<double> RewardWeights => judgement?.Weights ?? [1];

    private int PromptsPerSet => RowsPerSet / AnswersPerPrompt;

    // Prompts that do not fill a set are left for another epoch's order; fewer prompts than one set are repeated.
    private int SetsPerEpoch => Math.Max(1, train.Count / PromptsPerSet);

    public override PreparedData Prepare(CancellationToken cancel)
    {
        Fit();
        var reader = new ExampleReader(Context.Base, Context.Spec.Recipe.Data);
        var (kept, report) = reader.ReadPrompts(Context.Folder.Resolve(Context.Spec.TrainData), cancel);
        if (Context.Spec.ValidationData is { } path)
        {
            (validation, var validationReport) = reader.ReadPrompts(Context.Folder.Resolve(path), cancel);
            report = report with { ValidationExamples = validation.Count, Problems = [.. report.Problems, .. validationReport.Problems] };
        }

        if (kept.Count > 0)
        {
            judgement = new RolloutJudgement(RewardList.Create(Context, rolloutOptions, [.. kept.Select(p => p.Row)]));
        }

        return Use(kept, report);
    }

    /// <summary>Takes tokenised prompts as they are; <see cref="Prepare"/> ends here.</summary>
    internal PreparedData Use(IReadOnlyList<PromptTokens> prompts, PreparedData report)
    {
        train = prompts;
        if (NeedsReference && prompts.Count > 0)
        {
            reference = new ReferencePolicy(Context);
        }

        return report;
    }

    /// <summary>Judged answers of another trainer to replay instead of sampling; gets the epoch and the number of the set.</summary>
    internal Func<int, int, IReadOnlyList<Rollout>>? Replay { get; set; }

    public override IEnumerable<TrainingBatch> Batches(int epoch, int skip)
    {
        var order = Order(epoch);
        for (var (number, within) = (skip / BatchesPerSet, skip % BatchesPerSet); number < SetsPerEpoch; number++, within = 0)
        {
            if (within == 0)
            {
                current = Make(epoch, number, order);
            }
            else if (current is null || current.Epoch != epoch || current.Number != number)
            {
                throw new InvalidDataException($"{StateFile} of the checkpoint is missing or belongs to another step; resume from the checkpoint before it.");
            }

            for (var part = within; part < BatchesPerSet; part++)
            {
                yield return Collate(current, Members(current, part)) with { First = part == 0 };
            }
        }
    }

    public override IReadOnlyDictionary<string, double>? Evaluate(CancellationToken cancel)
    {
        if (validation.Count == 0 || judgement is null || Context.Rehearsal)
        {
            return null;
        }

        int[] asked = [.. Enumerable.Range(0, Math.Min(EvaluatedPrompts, validation.Count))];
        var rows = judgement.Score(validation, sampler.Sample(validation, asked, Context.Seed, greedy: true));
        return judgement.Metrics(validation, rows, 1).Where(m => m.Key is "reward" or "completions/mean_length" || m.Key.StartsWith("refusals/", StringComparison.Ordinal) || m.Key.EndsWith("/mean", StringComparison.Ordinal)).ToDictionary(m => "eval_" + m.Key, m => m.Value);
    }

    public override IReadOnlyList<SamplePrompt> SamplePrompts(int count) =>
        new ExampleReader(Context.Base, Context.Spec.Recipe.Data).Prompts(Context.Spec.SamplePrompts, [.. (validation.Count > 0 ? validation : train).Take(count).Select(p => (Example)p.Row)], count);

    public override void Save(string folder)
    {
        if (current is not null)
        {
            File.WriteAllText(Path.Combine(folder, StateFile), StudioJson.Serialize(current));
        }
    }

    public override void Load(string folder)
    {
        var path = Path.Combine(folder, StateFile);
        if (File.Exists(path))
        {
            current = JsonSerializer.Deserialize<RolloutSet>(File.ReadAllText(path), StudioJson.Options);
        }
    }

    public override void Dispose()
    {
        judgement?.Dispose();
        reference?.Dispose();
        base.Dispose();
    }

    /// <summary>Refuses batch sizes that do not fit together.</summary>
    protected virtual void Fit()
    {
        if (RowsPerSet % AnswersPerPrompt != 0)
        {
            throw new TrainingFailure("bad_option", $"{RowsPerSet} answers are sampled at once (batch size times batches per sampling), which is no multiple of the {AnswersPerPrompt} answers per prompt.", Wanted);
        }
    }

    /// <summary>Rows of a micro-batch, by its number in the set.</summary>
    protected abstract int[] Members(RolloutSet set, int part);

    /// <summary>Turns rewards into what the loss needs.</summary>
    protected abstract RolloutSet Complete(RolloutSet set, Dictionary<string, double> metrics);

    /// <summary>Log-probabilities at the sampling temperature.</summary>
    protected Tensor Head(CausalLm model, Tensor hidden)
    {
        var logits = model.Head(hidden);
        return rolloutOptions.Temperature == 1 ? logits : logits.to_type(ScalarType.Float32) / Scalars.Of(rolloutOptions.Temperature);
    }

    /// <summary>(scored, hidden): states from which the scored tokens are predicted.</summary>
    protected static Tensor Hidden(CausalLm model, RolloutBatch batch)
    {
        var hidden = model.Hidden(new ForwardInput(batch.Ids) { Branches = batch.Layout.Branches });
        return hidden.reshape(-1, hidden.shape[^1]).index_select(0, batch.Positions);
    }

    /// <summary>(scored): numbers of each token of the rows in a batch, laid end to end as the batch is.</summary>
    protected Tensor Flat(RolloutBatch batch, Func<Rollout, float[]> values)
    {
        List<float> flat = [];
        for (var i = 0; i < batch.Members.Length; i++)
        {
            flat.AddRange(values(batch.Set.Rows[batch.Members[i]]).AsSpan(0, batch.Counts[i]));
        }

        return tensor(flat.ToArray(), device: Context.Device);
    }

    /// <summary>Per row the log-probabilities of its tokens under some weights, at the sampling temperature.</summary>
    protected IReadOnlyList<float[]> Measure(RolloutSet set, CausalLm model)
    {
        using var quiet = no_grad();
        List<float[]> all = [];
        foreach (var members in Enumerable.Range(0, set.Rows.Count).Chunk(Context.BatchSize))
        {
            using var scope = NewDisposeScope();
            using var batch = Collate(set, members, everything: true);
            var measured = ScoredTokens.Measure(h => Head(model, h), Hidden(model, batch), batch.Targets, squares: false);
            var flat = measured.LogProbabilities.cpu().data<float>().ToArray().AsSpan();
            foreach (var count in batch.Counts)
            {
                all.Add(flat[..count].ToArray());
                flat = flat[count..];
            }
        }

        return all;
    }

    /// <param name="everything">Keeps rows that the loss leaves out.</param>
    protected RolloutBatch Collate(RolloutSet set, int[] members, bool everything = false)
    {
        List<long> positions = [], targets = [], owners = [];
        AnswerTokens?[] kept = [.. members.Select(m => set.Rows[m]).Select(r => r.Ids.Length == 0 || (MasksTruncated && !r.Stopped && !everything) ? null : new AnswerTokens(train[r.Prompt].Ids, r.Ids))];
        var layout = new AnswerLayout(kept);
        for (var i = 0; i < kept.Length; i++)
        {
            for (var t = 0; t < (kept[i]?.Answer.Length ?? 0); t++)
            {
                positions.Add(layout.After(i, kept[i]!.Prompt.Length + t));
                targets.Add(kept[i]!.Answer[t]);
                owners.Add(i);
            }
        }

        var device = Context.Device;
        return new RolloutBatch
        {
            Members = members,
            Set = set,
            Ids = tensor(layout.Ids, device: device).reshape(1, -1).DetachFromDisposeScope(),
            Layout = layout,
            Positions = tensor(positions.ToArray(), device: device).DetachFromDisposeScope(),
            Targets = tensor(targets.ToArray(), device: device).DetachFromDisposeScope(),
            Sequence = tensor(owners.ToArray(), device: device).DetachFromDisposeScope(),
            Counts = [.. kept.Select(k => k?.Answer.Length ?? 0)],
            Tokens = layout.Ids.Length,
            ScoredTokens = positions.Count,
        };
    }

    /// <summary>The loss of a micro-batch whose objective depends on the log-probabilities alone; the numbers of the set are logged with its first batch.</summary>
    protected BatchLoss Attach(RolloutBatch batch, Func<CompletionScores, Tensor, ObjectiveResult> objective, double share)
    {
        var metrics = new Dictionary<string, double>(batch.First ? batch.Set.Metrics : new Dictionary<string, double>(), StringComparer.Ordinal);
        if (batch.Targets.shape[0] == 0)
        {
            return new BatchLoss(zeros([1], device: Context.Device, requires_grad: true).sum(), metrics);
        }

        var model = Context.Base.Model;
        var hidden = Hidden(model, batch);
        var measured = ScoredTokens.Measure(h => Head(model, h), hidden, batch.Targets, squares: false, entropies: true, keep: true);
        var leaf = measured.LogProbabilities.clone().requires_grad_();
        var result = objective(new CompletionScores(leaf, batch.Sequence, batch.Counts), measured.Entropies!);
        result.Loss.backward();
        var slopes = leaf.grad!.mul(Scalars.Of(share));
        foreach (var (name, value) in result.Metrics)
        {
            metrics[name] = value;
        }

        return new BatchLoss(ScoredTokens.Attach(h => Head(model, h), hidden, batch.Targets, slopes, result.Loss.item<float>() * share, measured.Kept), metrics);
    }

    private RolloutSet Make(int epoch, int number, int[] order)
    {
        var (rows, metrics) = Replay is { } replay ? (replay(epoch, number), []) : Judged(epoch, number, order);
        var set = new RolloutSet(epoch, number, rows);
        if (NeedsOld)
        {
            var old = Measure(set, Context.Base.Model);
            set = set with { Rows = [.. set.Rows.Select((r, i) => r with { Old = old[i] })] };
            if (Replay is null && rolloutOptions is { Temperature: 1, TopP: 1, TopK: 0 })
            {
                // How far the engine's arithmetic is from the trainer's: near 0 in fp32, small in bf16.
                metrics["sampling/logp_difference"] = set.Rows.SelectMany(r => r.Old!.Zip(r.Sampled, (a, b) => Math.Abs((double)a - b))).DefaultIfEmpty(0).Average();
            }
        }

        if (reference is not null)
        {
            var theirs = reference.Use(model => Measure(set, model));
            set = set with { Rows = [.. set.Rows.Select((r, i) => r with { Reference = theirs[i] })] };
        }

        set = Complete(set, metrics);
        if (judgement is not null && !Context.Rehearsal)
        {
            var step = (epoch * StepsPerEpoch) + (number * BatchesPerSet / Context.Spec.Recipe.Optimization.GradientAccumulationSteps) + 1;
            foreach (var data in judgement.Shown(train, set.Rows, AnswersPerPrompt))
            {
                Context.Emit(new JobEvent { Time = Context.Time.GetUtcNow(), Type = JobEventTypes.Rollout, Step = step, Data = data });
            }
        }

        return set with { Metrics = metrics };
    }

    private (IReadOnlyList<Rollout> Rows, Dictionary<string, double> Metrics) Judged(int epoch, int number, int[] order)
    {
        var prompts = Enumerable.Range(number * PromptsPerSet, PromptsPerSet).SelectMany(i => Enumerable.Repeat(order[i % order.Length], AnswersPerPrompt)).ToArray();
        var clock = Stopwatch.GetTimestamp();
        var sampled = sampler.Sample(train, prompts, SeededOrder.Seed(Context.Seed, ((long)epoch << 32) + number, 2));
        var sampling = Stopwatch.GetElapsedTime(clock).TotalSeconds;
        clock = Stopwatch.GetTimestamp();
        var rows = judgement!.Score(train, sampled);
        var judging = Stopwatch.GetElapsedTime(clock).TotalSeconds;
        var metrics = judgement.Metrics(train, rows, AnswersPerPrompt);
        metrics["time/rollout"] = sampling;
        metrics["time/reward"] = judging;
        metrics["rollout_tokens_per_second"] = rows.Sum(r => r.Ids.Length) / Math.Max(1e-9, sampling);
        return (rows, metrics);
    }

    private int StepsPerEpoch => TrainingLoop.Steps(Context.Spec.Recipe.Optimization, BatchesPerEpoch).PerEpoch;

    /// <summary>Prompts of an epoch; twins of a pair stay together, so that a step sees both.</summary>
    private int[] Order(int epoch)
    {
        Dictionary<string, List<int>> groups = new(StringComparer.Ordinal);
        for (var i = 0; i < train.Count; i++)
        {
            var pair = train[i].Row.Extra?[RefusalPairReward.Pair]?.ToString() is { Length: > 0 } id ? "pair " + id : FormattableString.Invariant($"row {i}");
            if (!groups.TryGetValue(pair, out var members))
            {
                groups[pair] = members = [];
            }

            members.Add(i);
        }

        var all = groups.Values.ToArray();
        return Context.Spec.Recipe.Data.Shuffle ? [.. SeededOrder.Permutation(all.Length, Context.Seed, epoch).SelectMany(g => all[g])] : [.. Enumerable.Range(0, train.Count)];
    }
}
