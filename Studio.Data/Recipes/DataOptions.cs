namespace Studio.Data.Recipes;

/// <summary>How examples become rows of tokens.</summary>
public sealed record DataOptions
{
    [Option(Basic = true, Min = 8, Max = 1_048_576, Label = "Longest example", Help = "Tokens per row; longer examples are cut at the end. More costs memory and time.")]
    public int MaxLength { get; init; } = 512;

    [Option(Label = "Packing", Help = "Puts several short examples into one row, each seeing only itself: 2 to 3 times faster on short data.")]
    public bool Packing { get; init; } = true;

    [Option(Choices = "bfd|bfd_split|wrapped", Label = "Packing strategy", Help = "bfd keeps examples whole, bfd_split splits long ones, wrapped cuts one long stream (plain text).")]
    public string PackingStrategy { get; init; } = "bfd";

    [Option(Label = "Learn answers only", Help = "Trains on the assistant's turns alone, not on questions and system prompts.")]
    public bool AssistantOnlyLoss { get; init; } = true;

    [Option(Min = 0, Max = 0.5, Label = "Validation share", Help = "Part of the data kept aside to measure what was learned.")]
    public double ValidationShare { get; init; } = 0.1;

    [Option(Label = "Shuffle", Help = "Mixes the examples anew in every epoch.")]
    public bool Shuffle { get; init; } = true;
}
