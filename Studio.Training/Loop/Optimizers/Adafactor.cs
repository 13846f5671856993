using Studio.Training.Native;
using static TorchSharp.torch;

namespace Studio.Training.Loop.Optimizers;

/// <summary>Second moments kept as row and column means (Shazeer and Stern 2018), with the schedule's learning rate: a fraction of AdamW's memory.</summary>
public sealed class Adafactor : Optimizer
{
    private const double Eps1 = 1e-30, Eps2 = 1e-3, ClipThreshold = 1.0, DecayRate = -0.8;

    private readonly bool scaleParameter, relativeStep, warmupInit;
    private readonly double? beta1;
    private readonly Tensor[] rows, columns, averages, steps;

    /// <param name="scaleParameter">Scales steps by the root mean square of the parameter.</param>
    /// <param name="relativeStep">Takes its own rate, min(1e-2 or 1e-6·step, 1/sqrt(step)), instead of the schedule's.</param>
    /// <param name="beta1">Momentum; null keeps none.</param>
    public Adafactor(IReadOnlyList<OptimizedTensor> tensors, bool scaleParameter = false, bool relativeStep = false, bool warmupInit = false, double? beta1 = null)
        : base(tensors)
    {
        (this.scaleParameter, this.relativeStep, this.warmupInit, this.beta1) = (scaleParameter, relativeStep, warmupInit, beta1);
        rows = [.. tensors.Select(t => IsMatrix(t) ? zeros(t.Parameter.shape[..^1], ScalarType.Float32, t.Parameter.device).DetachFromDisposeScope() : Zeros(t.Parameter))];
        columns = [.. tensors.Select(t => IsMatrix(t) ? zeros([.. t.Parameter.shape[..^2], t.Parameter.shape[^1]], ScalarType.Float32, t.Parameter.device).DetachFromDisposeScope() : Counter())];
        averages = beta1 is null ? [] : [.. tensors.Select(t => Zeros(t.Parameter))];
        steps = [.. tensors.Select(_ => Counter())];
    }

    public override IEnumerable<(string Name, Tensor Tensor)> State()
    {
        for (var i = 0; i < Tensors.Count; i++)
        {
            var name = Tensors[i].Name;
            yield return (IsMatrix(Tensors[i]) ? $"exp_avg_sq_row.{name}" : $"exp_avg_sq.{name}", rows[i]);
            yield return ($"exp_avg_sq_col.{name}", columns[i]);
            yield return ($"step.{name}", steps[i]);
            if (beta1 is not null)
            {
                yield return ($"exp_avg.{name}", averages[i]);
            }
        }
    }

    protected override void Update(double learningRate)
    {
        for (var i = 0; i < Tensors.Count; i++)
        {
            var parameter = Tensors[i].Parameter;
            if (parameter.grad is null)
            {
                continue;
            }

            using var scope = NewDisposeScope();
            var gradient = parameter.grad.to_type(ScalarType.Float32);
            var wide = parameter.to_type(ScalarType.Float32);
            steps[i].add_(Scalars.One);
            var step = steps[i].item<float>();
            var rate = Rate(learningRate * Tensors[i].RateScale, step, wide);
            var beta2 = 1 - Math.Pow(step, DecayRate);
            var square = gradient.square().add_(Scalars.Of(Eps1));
            Tensor update;
            if (IsMatrix(Tensors[i]))
            {
                rows[i].mul_(Scalars.Of(beta2)).add_(square.mean([-1]), alpha: Scalars.Of(1 - beta2));
                columns[i].mul_(Scalars.Of(beta2)).add_(square.mean([-2]), alpha: Scalars.Of(1 - beta2));
                var rowFactor = rows[i].div(rows[i].mean([-1], keepdim: true)).rsqrt_().unsqueeze(-1);
                update = rowFactor.mul(columns[i].unsqueeze(-2).rsqrt()).mul_(gradient);
            }
            else
            {
                rows[i].mul_(Scalars.Of(beta2)).add_(square, alpha: Scalars.Of(1 - beta2));
                update = rows[i].rsqrt().mul_(gradient);
            }

            var rms = RootMeanSquare(update);
            update.div_(Scalars.Of(Math.Max(1, rms / ClipThreshold))).mul_(Scalars.Of(rate));
            if (beta1 is { } momentum)
            {
                averages[i].mul_(Scalars.Of(momentum)).add_(update, alpha: Scalars.Of(1 - momentum));
                update = averages[i];
            }

            if (Tensors[i].WeightDecay != 0)
            {
                parameter.add_(wide.to_type(parameter.dtype), alpha: Scalars.Of(-Tensors[i].WeightDecay * rate));
            }

            parameter.sub_(update.to_type(parameter.dtype));
        }
    }

    private double Rate(double scheduled, float step, Tensor parameter)
    {
        var rate = relativeStep ? Math.Min(warmupInit ? 1e-6 * step : 1e-2, 1 / Math.Sqrt(step)) : scheduled;
        return rate * (scaleParameter ? Math.Max(Eps2, RootMeanSquare(parameter)) : 1);
    }

    private static double RootMeanSquare(Tensor tensor) => tensor.norm().item<float>() / Math.Sqrt(tensor.numel());

    private static bool IsMatrix(OptimizedTensor tensor) => tensor.Parameter.dim() >= 2;
}
