namespace Studio.Data.Recipes;

/// <summary>Steps, batch and learning rate; names as in transformers' TrainingArguments.</summary>
public sealed record OptimizationOptions
{
    [Option(Basic = true, Min = 0, MinExclusive = true, Max = 1000, Label = "Epochs", Help = "How often the data is gone through. Few epochs for large data, more for facts in small data.")]
    public double NumTrainEpochs { get; init; } = 3;

    [Option(Min = 1, Max = 10_000_000, Label = "Steps", Help = "Ends after this many optimizer steps instead of after the epochs.")]
    public int? MaxSteps { get; init; }

    [Option(Basic = true, Min = 1e-8, Max = 1, Label = "Learning rate", Help = "Size of each step. Too high diverges, too low learns nothing.")]
    public double LearningRate { get; init; } = 2e-4;

    [Option(Basic = true, Min = 1, Max = 4096, Label = "Batch size", Help = "Rows per forward pass (packed rows when packing is on).")]
    public int PerDeviceTrainBatchSize { get; init; } = 4;

    [Option(Min = 1, Max = 4096, Label = "Gradient accumulation", Help = "Batches added up before one optimizer step.")]
    public int GradientAccumulationSteps { get; init; } = 1;

    [Option(Choices = "linear|cosine|constant|constant_with_warmup|cosine_with_restarts|cosine_with_min_lr|polynomial|inverse_sqrt|warmup_stable_decay|reduce_lr_on_plateau", Label = "Schedule", Help = "How the learning rate changes over the run.")]
    public string LrSchedulerType { get; init; } = "cosine";

    [Option(Min = 0, Max = 1, Label = "Warm-up share", Help = "Share of the steps in which the learning rate rises from 0.")]
    public double WarmupRatio { get; init; } = 0.03;

    [Option(Min = 0, Max = 1_000_000, Label = "Warm-up steps", Help = "Steps of warm-up; replaces the share when set.")]
    public int? WarmupSteps { get; init; }

    [Option(Min = 0, Max = 1, Label = "Weight decay", Help = "Pulls weights towards zero (decoupled, as AdamW does).")]
    public double WeightDecay { get; init; }

    [Option(Choices = "adamw|adam|amsgrad|adafactor|muon|lion|adamw_8bit|lion_8bit|sgd|rmsprop|adagrad", Label = "Optimizer", Help = "Rule that turns gradients into steps.")]
    public string Optim { get; init; } = "adamw";

    [Option(Min = 0, Max = 0.999999, Label = "Adam beta 1", Help = "Memory of the mean gradient.")]
    public double AdamBeta1 { get; init; } = 0.9;

    [Option(Min = 0, Max = 0.9999999, Label = "Adam beta 2", Help = "Memory of the squared gradient.")]
    public double AdamBeta2 { get; init; } = 0.999;

    [Option(Min = 0, MinExclusive = true, Max = 1, Label = "Adam epsilon", Help = "Keeps the division stable.")]
    public double AdamEpsilon { get; init; } = 1e-8;

    [Option(Min = 0, Max = 0.9999999, Label = "Momentum", Help = "Memory of past gradients; used by sgd alone.")]
    public double Momentum { get; init; } = 0.9;

    [Option(Min = 0, Max = 1000, Label = "Gradient clipping", Help = "Largest total norm of the gradient; 0 does not clip.")]
    public double MaxGradNorm { get; init; } = 1;

    [Option(Min = 0, Max = int.MaxValue, Label = "Seed", Help = "The same seed, data and machine give the same adapter.")]
    public int Seed { get; init; } = 42;
}
