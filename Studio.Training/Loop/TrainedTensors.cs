using Studio.Training.Loop.Optimizers;
using Studio.Training.Methods;
using TorchSharp.Modules;

namespace Studio.Training.Loop;

/// <summary>The tensors of a run that learn: the adapter's, or all of the base, and what the method adds.</summary>
public static class TrainedTensors
{
    public static IReadOnlyList<OptimizedTensor> Of(MethodContext context, TrainingMethod method)
    {
        var recipe = context.Spec.Recipe;
        var ratio = recipe.Lora.LoraplusLrRatio ?? 1;
        var named = context.Adapter is { } adapter ? adapter.Parameters() : WholeModel(context);
        return
        [
            .. named.Concat(method.ExtraParameters).Select(p =>
            {
                // LoRA+ (Hayou et al. 2024): B learns faster than A. Norms and biases are not decayed.
                var vector = p.Parameter.dim() < 2;
                var faster = context.Adapter is not null && (vector || p.Name.Contains(".lora_B.", StringComparison.Ordinal));
                return new OptimizedTensor(p.Name, p.Parameter, vector ? 0 : recipe.Optimization.WeightDecay, faster ? ratio : 1);
            }),
        ];
    }

    private static IEnumerable<(string Name, Parameter Parameter)> WholeModel(MethodContext context)
    {
        foreach (var (name, parameter) in context.Base.Model.named_parameters())
        {
            parameter.requires_grad_();
            yield return (name, parameter);
        }
    }
}
