using System.Text.Json.Nodes;
using Studio.Data.Validation;

namespace Studio.Data.Recipes;

/// <summary>How to train: method, model, adapter, optimisation, data handling. Names follow transformers, PEFT and TRL.</summary>
public sealed record Recipe
{
    /// <summary>Stable name of a shipped recipe, or a person's own.</summary>
    public string Name { get; init; } = "custom";

    /// <summary>Goal the wizard started from: facts, format, refuse, prefer, pretrain, reason, know, document, judge.</summary>
    public string Goal { get; init; } = "facts";

    /// <summary>Name of a training method (<see cref="TrainingMethods"/>).</summary>
    public string Method { get; init; } = "sft";

    public ModelOptions Model { get; init; } = new();

    public LoraOptions Lora { get; init; } = new();

    public OptimizationOptions Optimization { get; init; } = new();

    public DataOptions Data { get; init; } = new();

    public EvaluationOptions Evaluation { get; init; } = new();

    public CheckpointOptions Checkpoints { get; init; } = new();

    /// <summary>Options of the method by their snake_case names; the record behind them is named by <see cref="TrainingMethods"/>.</summary>
    public JsonObject MethodOptions { get; init; } = [];

    /// <summary>Trainings that follow this one, each from the adapter of the one before when that has succeeded; stages have no stages of their own.</summary>
    public IReadOnlyList<Recipe> Stages { get; init; } = [];

    /// <summary>This recipe without what follows it.</summary>
    public Recipe Alone() => Stages.Count == 0 ? this : this with { Stages = [] };

    /// <summary>What follows this recipe, as a recipe with the rest behind it; null when nothing does.</summary>
    public Recipe? Next() => Stages.Count > 0 ? Stages[0] with { Stages = [.. Stages.Skip(1)] } : null;

    /// <summary>All faults of all sections at once.</summary>
    public IReadOnlyList<Problem> Validate()
    {
        List<Problem> problems = [];
        problems.AddRange(OptionSchema.Validate(Model, "model"));
        problems.AddRange(OptionSchema.Validate(Lora, "lora"));
        problems.AddRange(OptionSchema.Validate(Optimization, "optimization"));
        problems.AddRange(OptionSchema.Validate(Data, "data"));
        problems.AddRange(OptionSchema.Validate(Evaluation, "evaluation"));
        problems.AddRange(OptionSchema.Validate(Checkpoints, "checkpoints"));
        if (TrainingMethods.Find(Method) is not { } method)
        {
            problems.Add(new Problem("unknown_method", Severity.Fatal, $"There is no training method \"{Method}\".", $"Use one of: {string.Join(", ", TrainingMethods.All.Select(m => m.Name))}.") { Field = "method" });
        }
        else
        {
            problems.AddRange(method.Validate(MethodOptions));
        }

        for (var i = 0; i < Stages.Count; i++)
        {
            var place = FormattableString.Invariant($"stages[{i}]");
            problems.AddRange(Stages[i].Alone().Validate().Select(p => p with { Field = $"{place}.{p.Field}" }));
            if (Stages[i].Stages.Count > 0)
            {
                problems.Add(new Problem("nested_stages", Severity.Fatal, "A stage has stages of its own.", "Put all stages into the first recipe, in their order.") { Field = place });
            }
        }

        return problems;
    }
}
