using Studio.Data.Recipes;

namespace Studio.Data.Preparation;

/// <summary>How a model is taught to say only what it knows.</summary>
public sealed record KnownFactsOptions
{
    [Option(Basic = true, Label = "Use the sample questions", Help = "Takes the questions that come with Studio (facts, unanswerable ones, false premises); off uses your uploaded questions alone.")]
    public bool UsePack { get; init; } = true;

    [Option(Basic = true, Lines = true, Label = "Abstention", Help = "What the model shall say when it does not know. Several sentences, one a line, take turns.")]
    public IReadOnlyList<string> Abstention { get; init; } = ["I don't know."];

    [Option(Basic = true, Lines = true, Label = "Abstention in Chinese", Help = "The same for questions in Chinese.")]
    public IReadOnlyList<string> AbstentionChinese { get; init; } = ["我不知道。"];

    [Option(Min = 0, Max = 32, Label = "Answers per question", Help = "How often the model is asked again what its most likely answer got right, to tell knowledge from luck.")]
    public int Samples { get; init; } = 3;

    [Option(Min = 0, MinExclusive = true, Max = 2, Label = "Temperature", Help = "How freely those answers are drawn.")]
    public double Temperature { get; init; } = 0.7;

    [Option(Min = 0, Max = 1, Label = "Known from", Help = "Share of right answers from which a question counts as known, when the most likely answer is right too.")]
    public double KnownShare { get; init; } = 0.5;

    [Option(Choices = "answer|abstain|leave_out", Label = "Unsure questions", Help = "Questions answered right at first but rarely again: keep the answer, abstain, or leave them out.")]
    public string Unsure { get; init; } = "answer";

    [Option(Basic = true, Min = 0, Max = 1, Label = "Abstain from the unknown", Help = "Share of the questions answered wrong that become abstentions, the least sure ones first. More makes fewer wrong answers and costs some right ones.")]
    public double AbstainShare { get; init; } = 0.25;

    [Option(Min = 1, Max = 20, Label = "Weight of what is known", Help = "How often each known question is repeated in training; more keeps more right answers and abstains less.")]
    public int KnownCopies { get; init; } = 1;

    [Option(Min = 0, MinExclusive = true, Max = 10, Label = "Weight of abstentions", Help = "How much an abstention counts beside an answer: lower abstains less and keeps more right answers.")]
    public double AbstainWeight { get; init; } = 0.5;

    [Option(Min = 4, Max = 512, Label = "Kept words of known answers", Help = "Words of the model's own answers that training sees (twice as many characters in Chinese); empty keeps them whole. Short rows train faster.")]
    public int? KnownWords { get; init; } = 20;

    [Option(Min = 8, Max = 512, Label = "Longest answer", Help = "Tokens that the model may write per answer.")]
    public int MaxAnswerTokens { get; init; } = 40;

    [Option(Min = 0, Max = 1, Label = "Replay share", Help = "Ordinary prompts among all rows, with the model's own answers, so that it does not abstain from tasks.")]
    public double ReplayShare { get; init; } = 0.04;

    [Option(Min = 0, Max = 1, Label = "Rows without system prompt", Help = "Where the model's chat template writes a system prompt of its own, this share of the rows goes without: they are shorter, and the behaviour holds under other system prompts.")]
    public double EmptySystemShare { get; init; } = 0.8;

    [Option(Min = 0, Max = 0.5, Label = "Validation share", Help = "Questions kept aside to watch the training.")]
    public double ValidationShare { get; init; } = 0.02;

    [Option(Min = 0, Max = int.MaxValue, Label = "Seed", Help = "The same seed, model and questions give the same rows.")]
    public int Seed { get; init; } = 42;
}
