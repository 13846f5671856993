using Studio.Training.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace Studio.Training.Loop.Optimizers;

/// <summary>
/// Momentum made orthogonal by a Newton-Schulz iteration for matrices (Jordan et al. 2024, Muon; scale of the original); vectors step with AdamW.
/// </summary>
public sealed class Muon : Optimizer
{
    private const double Momentum = 0.95, Epsilon = 1e-7;
    private const int Iterations = 5;
    private const double C3 = 3.4445, C5 = -4.7750, C7 = 2.0315;

    private readonly int[] matrices;
    private readonly Tensor[] buffers;
    private readonly AdamW? rest;

    public Muon(IReadOnlyList<OptimizedTensor> tensors, double beta1, double beta2, double eps)
        : base(tensors)
    {
        matrices = [.. Enumerable.Range(0, tensors.Count).Where(i => tensors[i].Parameter.dim() == 2)];
        buffers = [.. matrices.Select(i => Zeros(tensors[i].Parameter))];
        OptimizedTensor[] vectors = [.. tensors.Where(t => t.Parameter.dim() != 2)];
        rest = vectors.Length == 0 ? null : new AdamW(vectors, beta1, beta2, eps);
    }

    public override IEnumerable<(string Name, Tensor Tensor)> State() =>
        matrices.Select((m, k) => ($"momentum_buffer.{Tensors[m].Name}", buffers[k])).Concat(rest?.State() ?? []);

    protected override void Update(double learningRate)
    {
        for (var k = 0; k < matrices.Length; k++)
        {
            var tensor = Tensors[matrices[k]];
            var (parameter, rate) = (tensor.Parameter, learningRate * tensor.RateScale);
            if (parameter.grad is null)
            {
                continue;
            }

            using var scope = NewDisposeScope();
            var gradient = parameter.grad.to_type(ScalarType.Float32);

            // Nesterov momentum: one more interpolation towards the running mean.
            buffers[k].lerp_(gradient, torch.tensor((float)(1 - Momentum), device: gradient.device));
            var update = gradient.lerp(buffers[k], torch.tensor((float)Momentum, device: gradient.device));
            var direction = Orthogonal(update);
            var (rows, columns) = (parameter.shape[0], parameter.shape[1]);
            parameter.mul_(Scalars.Of(1 - rate * tensor.WeightDecay));
            parameter.add_(direction.to_type(parameter.dtype), alpha: Scalars.Of(-rate * Math.Sqrt(Math.Max(1, (double)rows / columns))));
        }

        rest?.Step(learningRate);
    }

    // The nearest matrix with singular values near 1. The reference computes in bf16; rounding after fp32 products gives its numbers on every processor.
    private static Tensor Orthogonal(Tensor matrix)
    {
        var wide = matrix.shape[0] <= matrix.shape[1];
        var x = Rounded(wide ? matrix : matrix.t());
        x = Rounded(x.div(Rounded(x.norm().clamp_min(Scalars.Of(Epsilon)))));
        for (var i = 0; i < Iterations; i++)
        {
            var gram = Rounded(x.matmul(x.t()));
            var polynomial = Rounded(gram.addmm(gram, gram, (float)C5, (float)C7));
            x = Rounded(x.addmm(polynomial, x, (float)C3, 1));
        }

        return wide ? x : x.t();
    }

    private static Tensor Rounded(Tensor x) => x.to_type(ScalarType.BFloat16).to_type(ScalarType.Float32);
}
