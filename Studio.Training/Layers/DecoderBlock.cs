using Studio.Training.Native;
using static TorchSharp.torch;

namespace Studio.Training.Layers;

/// <summary>A module and its path in the names of the checkpoint.</summary>
public sealed record Named<T>(string Path, T Module) where T : nn.Module;

/// <summary>The parts of one decoder layer; what is null is not there.</summary>
public sealed record BlockParts
{
    public required Named<TokenMixer> Mixer { get; init; }
    public required Named<nn.Module<Tensor, Tensor>> FeedForward { get; init; }

    /// <summary>Norm of the mixer's input.</summary>
    public Named<nn.Module<Tensor, Tensor>>? MixerNorm { get; init; }

    /// <summary>Norm of the mixer's output, before the residual is added.</summary>
    public Named<nn.Module<Tensor, Tensor>>? MixerOutputNorm { get; init; }

    /// <summary>Norm after the residual of the mixer is added.</summary>
    public Named<nn.Module<Tensor, Tensor>>? MixerResidualNorm { get; init; }
    public Named<nn.Module<Tensor, Tensor>>? FeedForwardNorm { get; init; }
    public Named<nn.Module<Tensor, Tensor>>? FeedForwardOutputNorm { get; init; }
    public Named<nn.Module<Tensor, Tensor>>? FeedForwardResidualNorm { get; init; }

    /// <summary>x + mixer + feed-forward in one step; without a feed-forward norm both read the same normed input.</summary>
    public bool Parallel { get; init; }

    /// <summary>The residual is taken after the norm (an option of BLOOM).</summary>
    public bool ResidualAfterNorm { get; init; }

    /// <summary>Factor on both branches.</summary>
    public double ResidualScale { get; init; } = 1;
}

/// <summary>One layer of a decoder: a mixer and a feed-forward around a residual stream, with norms wherever a family puts them.</summary>
public sealed class DecoderBlock : nn.Module
{
    private readonly BlockParts parts;

    public DecoderBlock(BlockParts parts) : base(nameof(DecoderBlock))
    {
        this.parts = parts;
        var places = new Dictionary<string, Container>();
        Container.Place(this, places, parts.Mixer.Path, parts.Mixer.Module);
        if (parts.FeedForward.Path.Length > 0)
        {
            Container.Place(this, places, parts.FeedForward.Path, parts.FeedForward.Module);
        }
        else
        {
            // Some checkpoints keep the matrices of the feed-forward beside the norms, without a name of its own.
            var seen = new HashSet<nn.Module>(ReferenceEqualityComparer.Instance);
            foreach (var (name, member) in parts.FeedForward.Module.named_children())
            {
                if (seen.Add(member))
                {
                    register_module(name, member);
                }
            }
        }

        foreach (var norm in (Named<nn.Module<Tensor, Tensor>>?[])[parts.MixerNorm, parts.MixerOutputNorm, parts.MixerResidualNorm, parts.FeedForwardNorm, parts.FeedForwardOutputNorm, parts.FeedForwardResidualNorm])
        {
            if (norm is { Path.Length: > 0 })
            {
                Container.Place(this, places, norm.Path, norm.Module);
            }
        }
    }

    public TokenMixer Mixer => parts.Mixer.Module;

    /// <param name="x">(batch, tokens, hidden)</param>
    public Tensor Forward(Tensor x, ForwardContext context, int layer)
    {
        var normed = Apply(parts.MixerNorm, x);
        var mixed = Scale(Apply(parts.MixerOutputNorm, parts.Mixer.Module.Forward(normed, context, layer)));
        if (parts.Parallel)
        {
            var source = parts.FeedForwardNorm is null ? normed : Apply(parts.FeedForwardNorm, x);
            return x.add(mixed).add(Scale(Apply(parts.FeedForwardOutputNorm, parts.FeedForward.Module.forward(source))));
        }

        var middle = Apply(parts.MixerResidualNorm, (parts.ResidualAfterNorm ? normed : x).add(mixed));
        var second = Apply(parts.FeedForwardNorm, middle);
        var fed = Scale(Apply(parts.FeedForwardOutputNorm, parts.FeedForward.Module.forward(second)));
        return Apply(parts.FeedForwardResidualNorm, (parts.ResidualAfterNorm ? second : middle).add(fed));
    }

    private static Tensor Apply(Named<nn.Module<Tensor, Tensor>>? norm, Tensor x) => norm is null ? x : norm.Module.forward(x);

    private Tensor Scale(Tensor branch) => parts.ResidualScale == 1 ? branch : branch.mul(Scalars.Of(parts.ResidualScale));
}
