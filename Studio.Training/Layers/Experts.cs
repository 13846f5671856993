using Studio.Training.Native;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Studio.Training.Layers;

/// <summary>How a router turns its logits into choices and weights.</summary>
public enum RouterScore
{
    /// <summary>Softmax over all experts, then the best.</summary>
    Softmax,
    /// <summary>The best logits, softmax over those.</summary>
    SoftmaxOfBest,
    /// <summary>A sigmoid per expert.</summary>
    Sigmoid,
    /// <summary>Two best, each weighted by a softmax over the logits near it (Phi-3.5 MoE).</summary>
    SparseMixer,
}

/// <summary>Plain parameters of a mixture of experts.</summary>
public sealed record ExpertsOptions
{
    public required int Hidden { get; init; }
    public required int Count { get; init; }
    public required int PerToken { get; init; }

    /// <summary>Makes one expert.</summary>
    public required Func<nn.Module<Tensor, Tensor>> Expert { get; init; }
    public RouterScore Score { get; init; } = RouterScore.Softmax;

    /// <summary>Chosen weights are divided by their sum plus <see cref="RenormaliseEps"/>.</summary>
    public bool Renormalise { get; init; }
    public double RenormaliseEps { get; init; }

    /// <summary>Smallest sum to divide by, instead of an added epsilon; 0 for none.</summary>
    public double RenormaliseFloor { get; init; }
    public double Scale { get; init; } = 1;
    public bool RouterBias { get; init; }

    /// <summary>How near the best a logit must be to join the softmax of <see cref="RouterScore.SparseMixer"/>.</summary>
    public double Jitter { get; init; }

    /// <summary>Name of a tensor added to the scores for choosing only; null for none.</summary>
    public string? CorrectionName { get; init; }
    public int Groups { get; init; } = 1;
    public int GroupsPerToken { get; init; } = 1;

    /// <summary>A group is judged by the sum of its two best scores instead of the best one.</summary>
    public bool GroupByTwoBest { get; init; }

    /// <summary>The router runs in fp32 whatever the type of the model.</summary>
    public bool WideRouter { get; init; }
    public string RouterName { get; init; } = "gate";

    /// <summary>Path before the number of an expert.</summary>
    public string ExpertsName { get; init; } = "experts";

    /// <summary>A branch that every token takes, and its name.</summary>
    public nn.Module<Tensor, Tensor>? Shared { get; init; }
    public string SharedName { get; init; } = "shared_experts";

    /// <summary>The shared branch is multiplied by sigmoid of a one-row projection with this name.</summary>
    public string? SharedGateName { get; init; }
}

/// <summary>A mixture of experts (Shazeer et al., 2017): every token goes through its best few, weighted.</summary>
public sealed class Experts : nn.Module<Tensor, Tensor>
{
    private readonly ExpertsOptions options;
    private readonly ProjectionLinear router;
    private readonly ProjectionLinear? sharedGate;
    private readonly nn.Module<Tensor, Tensor>[] experts;
    // In a list, because TorchSharp would list a field of its own under the field's name, beside the checkpoint's.
    private readonly Parameter[] corrections = [];

    public Experts(ExpertsOptions options, TensorPlace place) : base(nameof(Experts))
    {
        this.options = options;
        if (options.PerToken < 1 || options.PerToken > options.Count)
        {
            throw new InvalidDataException($"config.json: {options.PerToken} experts a token of {options.Count}");
        }

        var places = new Dictionary<string, Container>();
        router = new ProjectionLinear(options.Hidden, options.Count, options.RouterBias, place);
        Container.Place(this, places, options.RouterName, router);
        experts = [.. Enumerable.Range(0, options.Count).Select(_ => options.Expert())];
        for (var i = 0; i < experts.Length; i++)
        {
            Container.Place(this, places, $"{options.ExpertsName}.{i}", experts[i]);
        }

        if (options.Shared is not null)
        {
            Container.Place(this, places, options.SharedName, options.Shared);
        }

        if (options.SharedGateName is { } gateName)
        {
            sharedGate = new ProjectionLinear(options.Hidden, 1, false, place);
            Container.Place(this, places, gateName, sharedGate);
        }

        if (options.CorrectionName is { } name)
        {
            var correction = Frozen.Parameter(place with { Type = ScalarType.Float32 }, options.Count);
            corrections = [correction];
            var dot = name.LastIndexOf('.');
            if (dot < 0)
            {
                register_parameter(name, correction);
            }
            else if (name[..dot] == options.RouterName)
            {
                router.register_parameter(name[(dot + 1)..], correction);
            }
            else
            {
                var holder = new Container();
                holder.register_parameter(name[(dot + 1)..], correction);
                Container.Place(this, places, name[..dot], holder);
            }
        }
    }

    public override Tensor forward(Tensor x)
    {
        var flat = x.reshape(-1, options.Hidden); // (tokens, hidden)
        var (weights, chosen) = Route(flat);
        var result = zeros_like(flat);
        foreach (var (expert, tokens, places) in Assignments(chosen))
        {
            var at = tensor(tokens, device: x.device);
            var share = weights.reshape(-1).index_select(0, tensor(places, device: x.device)).unsqueeze(-1);
            var y = experts[expert].forward(flat.index_select(0, at)).mul(share);
            result = result.index_add(0, at, y, Scalars.One);
        }

        if (options.Shared is { } branch)
        {
            var y = branch.forward(flat);
            result = result.add(sharedGate is null ? y : y.mul(sharedGate.forward(flat).sigmoid()));
        }

        return result.view(x.shape);
    }

    /// <summary>Weights and numbers of the chosen experts, both (tokens, perToken).</summary>
    private (Tensor Weights, Tensor Chosen) Route(Tensor flat)
    {
        var logits = options.WideRouter && flat.dtype != ScalarType.Float32
            ? nn.functional.linear(flat.to_type(ScalarType.Float32), router.Weight.to_type(ScalarType.Float32), router.Bias?.to_type(ScalarType.Float32)!)
            : router.forward(flat).to_type(ScalarType.Float32);
        if (options.Score == RouterScore.SoftmaxOfBest)
        {
            var (best, which) = logits.topk(options.PerToken, -1, true, true);
            return (nn.functional.softmax(best, -1).to_type(flat.dtype), which);
        }

        if (options.Score == RouterScore.SparseMixer)
        {
            return SparseMixer(logits, flat.dtype);
        }

        var scores = options.Score == RouterScore.Sigmoid ? logits.sigmoid() : nn.functional.softmax(logits, -1);
        var judged = corrections.Length == 0 ? scores : scores.add(corrections[0]);
        if (options.Groups > 1)
        {
            judged = OnlyBestGroups(judged);
        }

        Tensor weights, chosen;
        if (ReferenceEquals(judged, scores))
        {
            (weights, chosen) = scores.topk(options.PerToken, -1, true, true);
        }
        else
        {
            (_, chosen) = judged.detach().topk(options.PerToken, -1, true, true);
            weights = scores.gather(-1, chosen);
        }

        if (options.Renormalise)
        {
            var sum = weights.sum(-1, keepdim: true);
            weights = weights.div(options.RenormaliseFloor > 0 ? sum.clamp_min(Scalars.Of(options.RenormaliseFloor)) : sum.add(Scalars.Of(options.RenormaliseEps)));
        }

        return ((options.Scale == 1 ? weights : weights.mul(Scalars.Of(options.Scale))).to_type(flat.dtype), chosen);
    }

    private (Tensor Weights, Tensor Chosen) SparseMixer(Tensor logits, ScalarType type)
    {
        var (first, firstChosen) = Nearest(logits, logits);
        var (second, secondChosen) = Nearest(logits, logits.scatter(1, firstChosen, full_like(firstChosen, Scalars.MinusInfinity, dtype: logits.dtype)));
        return (cat([first, second], -1).to_type(type), cat([firstChosen, secondChosen], -1));
    }

    // The best of the candidates and its share among those whose distance to it is small against their own size.
    private (Tensor Weight, Tensor Chosen) Nearest(Tensor logits, Tensor candidates)
    {
        var (best, chosen) = candidates.max(1, keepdim: true);
        var far = best.sub(logits).div(logits.abs().maximum(best)).gt(Scalars.Of(2 * options.Jitter));
        return (nn.functional.softmax(candidates.masked_fill(far, Scalars.MinusInfinity), -1).gather(1, chosen), chosen);
    }

    private Tensor OnlyBestGroups(Tensor scores)
    {
        var perGroup = options.Count / options.Groups;
        var grouped = scores.view(-1, options.Groups, perGroup);
        var judged = options.GroupByTwoBest ? grouped.topk(2, -1, true, true).values.sum(-1) : grouped.max(-1).values;
        var (_, best) = judged.topk(options.GroupsPerToken, -1, true, false);
        var kept = zeros_like(judged).scatter(1, best, ones_like(best).to_type(judged.dtype)).unsqueeze(-1).expand(-1, options.Groups, perGroup).reshape(scores.shape);
        return scores.masked_fill(kept.eq(Scalars.Zero), Scalars.Zero);
    }

    // Which tokens an expert sees is known only from the numbers, so they come to the host once for all experts.
    private IEnumerable<(int Expert, long[] Tokens, long[] Places)> Assignments(Tensor chosen)
    {
        using var onHost = chosen.detach().cpu().contiguous();
        var ids = onHost.data<long>().ToArray();
        var perToken = options.PerToken;
        return ids.Select((expert, place) => (Expert: (int)expert, Place: (long)place)).GroupBy(p => p.Expert).OrderBy(g => g.Key)
            .Select(g => (g.Key, g.Select(p => p.Place / perToken).ToArray(), g.Select(p => p.Place).ToArray())).ToList();
    }
}
