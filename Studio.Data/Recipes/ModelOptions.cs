namespace Studio.Data.Recipes;

/// <summary>Where and in which precision the frozen base runs.</summary>
public sealed record ModelOptions
{
    [Option(Choices = "auto|cpu|cuda|mps", Label = "Device", Help = "Where training runs. auto takes a GPU when there is one.")]
    public string Device { get; init; } = "auto";

    [Option(Choices = "auto|bf16|fp32", Label = "Base precision", Help = "Number type of the frozen base model. auto measures once which is faster on this machine. Adapters and optimizer state are always fp32.")]
    public string BaseType { get; init; } = "auto";

    [Option(Min = 0, Max = 512, Label = "CPU threads", Help = "Threads of the trainer on a CPU; 0 takes all cores.")]
    public int Threads { get; init; }
}
