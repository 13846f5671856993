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

        return problems;
    }
}
