using Studio.Data.Recipes;

namespace Studio.Web.Pages.Train;

/// <summary>What to change in a recipe so that a failure does not come again. What is changed shows as changed in the form.</summary>
public static class Fixes
{
    public static Recipe Apply(string? code, Recipe recipe) => code switch
    {
        // Half the rows at once and twice as many passes: the same batch for the optimizer, less memory. A single row is made shorter.
        "out_of_memory" when recipe.Optimization.PerDeviceTrainBatchSize > 1 => recipe with
        {
            Optimization = recipe.Optimization with
            {
                PerDeviceTrainBatchSize = recipe.Optimization.PerDeviceTrainBatchSize / 2,
                GradientAccumulationSteps = Math.Min(4096, recipe.Optimization.GradientAccumulationSteps * 2),
            },
        },
        "out_of_memory" => recipe with { Data = recipe.Data with { MaxLength = Math.Max(64, recipe.Data.MaxLength / 2) } },
        "nan_loss" => recipe with { Optimization = recipe.Optimization with { LearningRate = Math.Max(1e-8, recipe.Optimization.LearningRate / 3) } },
        _ => recipe,
    };
}
