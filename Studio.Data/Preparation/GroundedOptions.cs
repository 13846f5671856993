using Studio.Data.Recipes;

namespace Studio.Data.Preparation;

/// <summary>How a model is taught to answer from a document.</summary>
public sealed record GroundedOptions
{
    [Option(Basic = true, Label = "Use the sample documents", Help = "Takes the passages and questions that come with Studio; off uses your uploaded ones alone.")]
    public bool UsePack { get; init; } = true;

    [Option(Basic = true, Min = 0, Max = 1, Label = "Answers taken out", Help = "Share of the answered questions that are also put to their passage without the sentence that answers: they teach to answer \"not stated\" by reading.")]
    public double RemovedPerQuestion { get; init; } = 0.4;

    [Option(Min = 0, Max = 3, Label = "Other passages", Help = "Per question, how many copies get another passage, which does not say.")]
    public double MismatchedPerQuestion { get; init; } = 0.1;

    [Option(Label = "Ask the model first", Help = "Keeps how the model answers before training; preference methods (DPO, KTO) need it as the worse answer.")]
    public bool BaseAnswers { get; init; }

    [Option(Min = 8, Max = 512, Label = "Longest answer", Help = "Tokens that the model may write per answer.")]
    public int MaxAnswerTokens { get; init; } = 80;

    [Option(Min = 0, Max = 1, Label = "Replay share", Help = "Ordinary prompts among all rows, with the model's own answers, so that other skills stay.")]
    public double ReplayShare { get; init; } = 0.1;

    [Option(Min = 0, Max = 1, Label = "Rows without system prompt", Help = "Where the model's chat template writes a system prompt of its own, this share of the rows goes without: they are shorter, and the behaviour holds under other system prompts.")]
    public double EmptySystemShare { get; init; } = 0.8;

    [Option(Min = 0, Max = 0.5, Label = "Validation share", Help = "Questions kept aside to watch the training.")]
    public double ValidationShare { get; init; } = 0.05;

    [Option(Min = 0, Max = int.MaxValue, Label = "Seed", Help = "The same seed and questions give the same rows.")]
    public int Seed { get; init; } = 42;
}
