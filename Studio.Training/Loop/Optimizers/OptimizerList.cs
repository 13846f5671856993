using Studio.Data.Recipes;

namespace Studio.Training.Loop.Optimizers;

/// <summary>The optimizers by the names recipes use: a new one is a file here and a line below.</summary>
public static class OptimizerList
{
    public static IReadOnlyList<(string Name, Func<IReadOnlyList<OptimizedTensor>, OptimizationOptions, Optimizer> Create)> All { get; } =
    [
        ("adamw", (tensors, o) => new AdamW(tensors, o.AdamBeta1, o.AdamBeta2, o.AdamEpsilon)),
        ("adafactor", (tensors, _) => new Adafactor(tensors)),
        ("muon", (tensors, o) => new Muon(tensors, o.AdamBeta1, o.AdamBeta2, o.AdamEpsilon)),
        ("lion", (tensors, o) => new Lion(tensors, o.AdamBeta1, o.AdamBeta2)),
        ("adamw_8bit", (tensors, o) => new AdamW8Bit(tensors, o.AdamBeta1, o.AdamBeta2, o.AdamEpsilon)),
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
