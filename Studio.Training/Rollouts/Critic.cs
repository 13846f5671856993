using Studio.Training.Layers;
using Studio.Training.Lora;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Studio.Training.Rollouts;

/// <summary>Says what a text so far is worth: an adapter of its own on the base that policy and reference share, and a linear head on the last hidden state.</summary>
internal sealed class Critic : IDisposable
{
    private readonly CausalLm model;
    private readonly LoraAdapter? own;
    private readonly LoraAdapter? policy;
    private readonly Parameter head;

    /// <param name="model">Its body: the shared base, or a model of its own whose weights are all trained.</param>
    /// <param name="own">The critic's adapter on a shared base.</param>
    /// <param name="policy">What is attached to the shared base otherwise.</param>
    /// <param name="head">(1, hidden) fp32.</param>
    public Critic(CausalLm model, LoraAdapter? own, LoraAdapter? policy, Tensor head)
    {
        (this.model, this.own, this.policy) = (model, own, policy);
        this.head = new Parameter(head.detach().clone());
        this.head.DetachFromDisposeScope();
        if (own is null)
        {
            foreach (var (_, parameter) in model.named_parameters())
            {
                parameter.requires_grad_();
            }
        }
    }

    /// <summary>A critic that begins with the policy's shape and expects nothing.</summary>
    public static Critic OnSharedBase(CausalLm model, LoraAdapter policy, long seed)
    {
        var own = LoraAdapter.Wrap(model, policy.Config, seed);
        policy.Attach();
        using var start = zeros([1, model.Config.HiddenSize], ScalarType.Float32, model.Place.Device);
        return new Critic(model, own, policy, start);
    }

    public IEnumerable<(string Name, Parameter Parameter)> Parameters() =>
        (own is null ? Body() : own.Parameters().Select(p => ("critic." + p.Name, p.Parameter))).Append(("critic.score.weight", head));

    /// <summary>(positions): value of the text up to and with each position.</summary>
    /// <param name="ids">(1, tokens)</param>
    /// <param name="branches">Per prompt its length and those of its answers.</param>
    public Tensor Values(Tensor ids, int[][] branches, Tensor positions)
    {
        try
        {
            own?.Attach();
            var hidden = model.Hidden(new ForwardInput(ids) { Branches = branches });
            return hidden.reshape(-1, hidden.shape[^1]).index_select(0, positions).to_type(ScalarType.Float32).matmul(head.t()).squeeze(1);
        }
        finally
        {
            if (own is not null)
            {
                own.Detach();
                policy?.Attach();
            }
        }
    }

    public void Dispose()
    {
        own?.Dispose();
        head.Dispose();
    }

    private IEnumerable<(string, Parameter)> Body() => model.named_parameters().Where(p => !p.name.StartsWith(model.HeadPath, StringComparison.Ordinal)).Select(p => ("critic." + p.name, p.parameter));
}
