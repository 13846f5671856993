using static TorchSharp.torch;

namespace Studio.Training.Layers;

/// <summary>The sum of several branches that read the same input.</summary>
public sealed class SummedFeedForward : nn.Module<Tensor, Tensor>
{
    private readonly nn.Module<Tensor, Tensor>[] branches;

    public SummedFeedForward(params (string Name, nn.Module<Tensor, Tensor> Branch)[] branches) : base(nameof(SummedFeedForward))
    {
        this.branches = [.. branches.Select(b => b.Branch)];
        foreach (var (name, branch) in branches)
        {
            register_module(name, branch);
        }
    }

    public override Tensor forward(Tensor x) => branches.Skip(1).Aggregate(branches[0].forward(x), (sum, branch) => sum.add(branch.forward(x)));
}
