namespace Studio.Data.Recipes;

/// <summary>The adapter (Hu et al. 2021, "LoRA"); names as in PEFT's LoraConfig.</summary>
public sealed record LoraOptions
{
    /// <summary>False trains all weights of the base (full fine-tuning).</summary>
    [Option(Label = "Train an adapter", Help = "On trains a small LoRA adapter; off trains every weight of the base model and needs far more memory.")]
    public bool Enabled { get; init; } = true;

    [Option(Basic = true, Min = 1, Max = 512, Label = "Rank", Help = "How much the adapter can learn. More costs memory and can overfit small data.")]
    public int R { get; init; } = 16;

    [Option(Min = 0, MinExclusive = true, Max = 4096, Label = "Alpha", Help = "Strength of the adapter; it is scaled by alpha / rank (alpha / sqrt(rank) with rsLoRA).")]
    public double LoraAlpha { get; init; } = 32;

    [Option(Min = 0, Max = 0.9, Label = "Dropout", Help = "Share of adapter inputs dropped in training; helps small data against overfitting.")]
    public double LoraDropout { get; init; }

    /// <summary>Module names, or the single word all-linear; empty takes the family's default.</summary>
    [Option(Label = "Target modules", Help = "Which layers get an adapter: names such as q_proj, or all-linear.")]
    public IReadOnlyList<string> TargetModules { get; init; } = ["all-linear"];

    [Option(Label = "rsLoRA", Help = "Rank-stabilised scaling (Kalajdzievski 2023): keeps high ranks useful.")]
    public bool UseRslora { get; init; }

    [Option(Min = 1, Max = 256, Label = "LoRA+ ratio", Help = "Learning rate of B over that of A (Hayou et al. 2024); empty trains both alike.")]
    public double? LoraplusLrRatio { get; init; }
}
