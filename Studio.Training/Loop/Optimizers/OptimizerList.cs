using Studio.Data.Recipes;

namespace Studio.Training.Loop.Optimizers;

/// <summary>The optimizers by the names recipes use: a new one is a file here and a line below.</summary>
public static class OptimizerList
{
    public static IReadOnlyList<(string Name, Func<IReadOnlyList<OptimizedTensor>, OptimizationOptions, Optimizer> Create)> All { get; } =
    [
        ("adamw", (tensors, o) => new AdamW(tensors, o.AdamBeta1, o.AdamBeta2, o.AdamEpsilon)),
        ("adam", (tensors, o) => new Adam(tensors, o.AdamBeta1, o.AdamBeta2, o.AdamEpsilon, amsgrad: false, decoupled: false)),
        ("amsgrad", (tensors, o) => new Adam(tensors, o.AdamBeta1, o.AdamBeta2, o.AdamEpsilon, amsgrad: true, decoupled: true)),
        ("adafactor", (tensors, _) => new Adafactor(tensors)),
        ("muon", (tensors, o) => new Muon(tensors, o.AdamBeta1, o.AdamBeta2, o.AdamEpsilon)),
        ("lion", (tensors, o) => new Lion(tensors, o.AdamBeta1, o.AdamBeta2)),
        ("adamw_8bit", (tensors, o) => new AdamW8Bit(tensors, o.AdamBeta1, o.AdamBeta2, o.AdamEpsilon)),
        ("lion_8bit", (tensors, o) => new Lion8Bit(tensors, o.AdamBeta1, o.AdamBeta2)),
        ("sgd", (tensors, o) => new Sgd(tensors, o.Momentum)),
        ("rmsprop", (tensors, _) => new RmsProp(tensors)),
        ("adagrad", (tensors, _) => new Adagrad(tensors)),
    ];

    /// <exception cref="ArgumentException">There is no such optimizer.</exception>
    public static Optimizer Create(IReadOnlyList<OptimizedTensor> tensors, OptimizationOptions options)
    {
        foreach (var (name, create) in All)
        {
            if (name == options.Optim)
            {
                return create(tensors, options);
            }
        }

        throw new ArgumentException($"There is no optimizer \"{options.Optim}\"; use one of: {string.Join(", ", All.Select(o => o.Name))}.");
    }
}
