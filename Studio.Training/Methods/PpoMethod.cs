using Studio.Data.Recipes;
using Studio.Data.Recipes.Methods;
using Studio.Training.Batching;
using Studio.Training.Loop;
using Studio.Training.Methods.Objectives;
using Studio.Training.Native;
using Studio.Training.Rollouts;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Studio.Training.Methods;

/// <summary>PPO: policy, critic and reference are adapters and heads on one base in memory; the reward is any of the list.</summary>
public sealed class PpoMethod : RolloutMethod
{
    private readonly PpoOptions options;
    private readonly PpoObjectiveOptions objective;
    private readonly int accumulation;
    private (RolloutSet Set, PpoExperience Experience)? shaped;
    private Critic? critic;

    public PpoMethod(MethodContext context)
        : this(context, (PpoOptions)TrainingMethods.Find("ppo")!.Read(context.Spec.Recipe.MethodOptions), null)
    {
    }

    /// <param name="critic">A critic instead of a fresh adapter on the base.</param>
    internal PpoMethod(MethodContext context, PpoOptions options, Critic? critic)
        : base(context, options)
    {
        this.options = options;
        accumulation = context.Spec.Recipe.Optimization.GradientAccumulationSteps;
        objective = new PpoObjectiveOptions
        {
            KlCoef = options.KlCoef,
            KlEstimator = options.KlEstimator,
            MissingEosPenalty = options.MissingEosPenalty,
            WhitenRewards = options.WhitenRewards,
            Gamma = options.Gamma,
            Lam = options.Lam,
            Cliprange = options.Cliprange,
            CliprangeValue = options.CliprangeValue,
            VfCoef = options.VfCoef,
        };
        if (context.Adapter is not { } policy)
        {
            throw new TrainingFailure("bad_option", "PPO trains adapters on one base: policy, critic and reference share its weights.", "Switch \"Train an adapter\" on.");
        }

        this.critic = critic ?? Critic.OnSharedBase(context.Base.Model, policy, context.Seed + 1);
    }

    /// <summary>Order of the rows in a pass over a set, of another trainer to replay; gets the number of the set and of the pass.</summary>
    internal Func<int, int, int[]>? Permutation { get; set; }

    /// <summary>Rewards per token, returns and advantages of the set that is trained on.</summary>
    internal PpoExperience? Shaped => shaped?.Experience;

    public override IEnumerable<(string Name, Parameter Parameter)> ExtraParameters => critic!.Parameters();

    protected override int RowsPerSet => Context.BatchSize * accumulation * options.NumMiniBatches;

    protected override int AnswersPerPrompt => 1;

    protected override int BatchesPerSet => accumulation * options.NumMiniBatches * options.NumPpoEpochs;

    protected override bool NeedsReference => true;

    protected override bool NeedsOld => true;

    public override BatchLoss Loss(TrainingBatch batch, AccumulationWindow window)
    {
        var rollouts = (RolloutBatch)batch;
        var experience = Experience(rollouts.Set);
        var model = Context.Base.Model;
        var rows = rollouts.Members.Length;
        var width = experience.LogProbabilities.shape[1];
        var share = 1.0 / window.Count;

        var members = tensor(rollouts.Members.Select(m => (long)m).ToArray(), device: Context.Device);
        Tensor Of(Tensor all) => all.index_select(0, members);
        var mine = new PpoExperience(
            Of(experience.LogProbabilities), Of(experience.Values), Of(experience.Kl), Of(experience.Rewards), Of(experience.Returns), Of(experience.Advantages), Of(experience.PaddingMask), Of(experience.ValuePaddingMask));

        // The losses of critic and policy add up and share nothing, so the critic's graph is gone before the policy's stands: the memory of one.
        Tensor worth;
        using (NewDisposeScope())
        {
            var (positions, places) = ValuePlaces(rollouts, width);
            var values = critic!.Values(rollouts.Ids, rollouts.Layout.Branches, positions);
            var leafValues = values.detach().clone().requires_grad_();
            var grid = Grid(leafValues, places, rows, width);
            Ppo.Compute(mine.LogProbabilities, grid, null, mine, objective).Loss.backward();
            (values * leafValues.grad!.mul(Scalars.Of(share))).sum().backward();
            worth = grid.detach().MoveToOuterDisposeScope();
        }

        var hidden = Hidden(model, rollouts);
        var measured = ScoredTokens.Measure(h => Head(model, h), hidden, rollouts.Targets, squares: false, entropies: true, keep: true);
        var leaf = measured.LogProbabilities.clone().requires_grad_();
        var result = Ppo.Compute(Grid(leaf, TokenPlaces(rollouts, width), rows, width), worth, null, mine, objective);
        result.Loss.backward();

        var metrics = new Dictionary<string, double>(rollouts.First ? rollouts.Set.Metrics : new Dictionary<string, double>(), StringComparer.Ordinal)
        {
            ["loss/policy_avg"] = result.Metrics["pg_loss"],
            ["loss/value_avg"] = result.Metrics["vf_loss"],
            ["policy/clipfrac_avg"] = result.Metrics["pg_clipfrac"],
            ["val/clipfrac_avg"] = result.Metrics["vf_clipfrac"],
            ["policy/approxkl_avg"] = result.Metrics["approxkl"],
            ["val/ratio"] = result.Metrics["ratio_mean"],
            ["entropy"] = measured.Entropies!.sum().item<float>() / Math.Max(1, rollouts.Counts.Sum()),
        };

        return new BatchLoss(ScoredTokens.Attach(h => Head(model, h), hidden, rollouts.Targets, leaf.grad!.mul(Scalars.Of(share)), result.Loss.item<float>() * share, measured.Kept), metrics);
    }

    public override void Dispose()
    {
        Forget();
        critic?.Dispose();
        critic = null;
        base.Dispose();
    }

    protected override int[] Members(RolloutSet set, int part)
    {
        var (pass, place) = Math.DivRem(part, accumulation * options.NumMiniBatches);
        var order = Permutation?.Invoke(set.Number, pass) ?? SeededOrder.Permutation(set.Rows.Count, SeededOrder.Seed(Context.Seed, ((long)set.Epoch << 32) + set.Number, 3), pass);
        return order.AsSpan(place * Context.BatchSize, Context.BatchSize).ToArray();
    }

    protected override RolloutSet Complete(RolloutSet set, Dictionary<string, double> metrics)
    {
        var values = Values(set);
        set = set with { Rows = [.. set.Rows.Select((r, i) => r with { Values = values[i] })] };
        var experience = Experience(set);
        using var scope = NewDisposeScope();
        var tokens = experience.PaddingMask.logical_not().to_type(ScalarType.Float32);
        double Mean(Tensor perToken) => (perToken * tokens).sum(1).mean().item<float>();
        var own = Mean(experience.Kl);
        metrics["objective/kl"] = own;
        metrics["objective/entropy"] = Mean(-experience.LogProbabilities);
        metrics["objective/non_score_reward"] = -options.KlCoef * own;
        metrics["objective/scores"] = set.Rows.Average(r => r.Score - (r.Stopped ? 0 : options.MissingEosPenalty ?? 0));
        metrics["objective/rlhf_reward"] = metrics["objective/scores"] + metrics["objective/non_score_reward"];
        metrics["kl"] = own / Math.Max(1, set.Rows.Average(r => r.Ids.Length));
        var advantages = (experience.Advantages * tokens).sum(1) / tokens.sum(1);
        var each = advantages.cpu().data<float>().ToArray();
        return set with { Rows = [.. set.Rows.Select((r, i) => r with { Advantage = double.IsFinite(each[i]) ? each[i] : 0 })] };
    }

    /// <summary>Rewards per token, returns and advantages of a set; made once and kept while the set is trained on.</summary>
    private PpoExperience Experience(RolloutSet set)
    {
        if (shaped is { } known && known.Set.Epoch == set.Epoch && known.Set.Number == set.Number)
        {
            return known.Experience;
        }

        Forget();
        using var scope = NewDisposeScope();
        var (rows, width) = (set.Rows.Count, set.Rows.Max(r => r.Ids.Length));
        const long Token = 1, End = 2;
        var responses = new long[rows * width];
        Tensor Padded(Func<Rollout, float[]> values)
        {
            var flat = new float[rows * width];
            for (var i = 0; i < rows; i++)
            {
                var row = values(set.Rows[i]);
                row.AsSpan(0, Math.Min(row.Length, width)).CopyTo(flat.AsSpan(i * width));
            }

            return tensor(flat, [rows, width], device: Context.Device);
        }

        for (var i = 0; i < rows; i++)
        {
            var row = set.Rows[i];
            responses.AsSpan(i * width, row.Ids.Length).Fill(Token);
            if (row.Stopped && row.Ids.Length > 0)
            {
                responses[(i * width) + row.Ids.Length - 1] = End;
            }
        }

        var scores = tensor(set.Rows.Select(r => (float)r.Score).ToArray(), device: Context.Device);
        var made = Ppo.Experience(tensor(responses, [rows, width], device: Context.Device), Padded(r => r.Old!), Padded(r => r.Reference!), Padded(r => r.Values!), scores, 0, End, objective);
        foreach (var part in Parts(made))
        {
            part.DetachFromDisposeScope();
        }

        shaped = (set, made);
        return made;
    }

    private void Forget()
    {
        if (shaped is { } old)
        {
            foreach (var part in Parts(old.Experience))
            {
                part.Dispose();
            }

            shaped = null;
        }
    }

    private static Tensor[] Parts(PpoExperience e) => [e.LogProbabilities, e.Values, e.Kl, e.Rewards, e.Returns, e.Advantages, e.PaddingMask, e.ValuePaddingMask];

    private IReadOnlyList<float[]> Values(RolloutSet set)
    {
        using var quiet = no_grad();
        List<float[]> all = [];
        foreach (var members in Enumerable.Range(0, set.Rows.Count).Chunk(Context.BatchSize))
        {
            using var scope = NewDisposeScope();
            using var batch = Collate(set, members, everything: true);
            var (positions, _) = ValuePlaces(batch, long.MaxValue);
            var flat = critic!.Values(batch.Ids, batch.Layout.Branches, positions).cpu().data<float>().ToArray().AsSpan();
            foreach (var count in batch.Counts)
            {
                // Nothing was said, so there is nothing to value.
                var places = count == 0 ? 0 : count + 1;
                all.Add(flat[..places].ToArray());
                flat = flat[places..];
            }
        }

        return all;
    }

    /// <summary>Where the critic looks: before each token of an answer and behind the last one, and where those go in (rows, width).</summary>
    private (Tensor Positions, Tensor Places) ValuePlaces(RolloutBatch batch, long width)
    {
        List<long> positions = [], places = [];
        for (var i = 0; i < batch.Counts.Length; i++)
        {
            var prompt = Train[batch.Set.Rows[batch.Members[i]].Prompt].Ids.Length;
            for (var t = 0; t <= batch.Counts[i] && t < width && batch.Counts[i] > 0; t++)
            {
                positions.Add(batch.Layout.After(i, prompt + t));
                places.Add((i * Math.Min(width, int.MaxValue)) + t);
            }
        }

        return (tensor(positions.ToArray(), device: Context.Device), tensor(places.ToArray(), device: Context.Device));
    }

    private Tensor TokenPlaces(RolloutBatch batch, long width) =>
        tensor(batch.Counts.SelectMany((count, i) => Enumerable.Range(0, count).Select(t => (i * width) + t)).ToArray(), device: Context.Device);

    /// <summary>(rows, width) with the values at their places and 0 elsewhere.</summary>
    private static Tensor Grid(Tensor values, Tensor places, long rows, long width) =>
        zeros([rows * width], ScalarType.Float32, values.device).index_add(0, places, values, Scalars.One).reshape(rows, width);
}
