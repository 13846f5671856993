using Studio.Training.Loop.Optimizers;
using Studio.Training.Native;
using static TorchSharp.torch;

namespace Studio.Training.Loop;

/// <summary>Total norm of all gradients, and clipping by it (torch's clip_grad_norm_).</summary>
public static class Gradients
{
    private const double Small = 1e-6;

    /// <summary>Scales all gradients so that their total 2-norm is at most <paramref name="largest"/>; 0 only measures.</summary>
    /// <returns>The norm before clipping; not finite when a gradient is not.</returns>
    public static double Clip(IReadOnlyList<OptimizedTensor> tensors, double largest)
    {
        using var quiet = no_grad();
        using var scope = NewDisposeScope();
        List<Tensor> gradients = [];
        List<Tensor> norms = [];
        foreach (var tensor in tensors)
        {
            if (tensor.Parameter.grad is { } gradient)
            {
                gradients.Add(gradient);
                norms.Add(gradient.norm().to_type(ScalarType.Float32));
            }
        }

        if (norms.Count == 0)
        {
            return 0;
        }

        var total = stack(norms).norm().item<float>();
        var factor = largest / (total + Small);
        if (largest > 0 && factor < 1 && float.IsFinite(total))
        {
            var scale = Scalars.Of(factor);
            foreach (var gradient in gradients)
            {
                gradient.mul_(scale);
            }
        }

        return total;
    }
}
