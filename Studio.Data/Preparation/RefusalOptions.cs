using Studio.Data.Recipes;

namespace Studio.Data.Preparation;

/// <summary>What refusal tuning learns from: which traps and look-alikes, who writes the answers, and how much of the ordinary goes along.</summary>
public sealed record RefusalOptions
{
    [Option(Basic = true, Label = "Use the sample pack", Help = "Takes the traps and harmless look-alikes that come with Studio; off uses your uploaded prompts alone.")]
    public bool UsePack { get; init; } = true;

    [Option(Basic = true, Label = "Categories", Help = "Categories of the sample pack; empty takes all twelve.")]
    public IReadOnlyList<string> Categories { get; init; } = [];

    [Option(Min = 1, Max = 100_000, Label = "Most pairs", Help = "Uses at most this many pairs of the sample pack, drawn by the seed; empty takes all.")]
    public int? PairLimit { get; init; }

    [Option(Min = 0, Max = 1, Label = "Chinese share", Help = "Share of Chinese pairs among those of the sample pack; empty keeps the pack's own share.")]
    public double? ChineseShare { get; init; }

    [Option(Min = 0, MinExclusive = true, Max = 1, Label = "Trap share", Help = "Share of the sample pack's pairs whose trap is taught too; of the others only the look-alike. Lower refuses less of both, higher more.")]
    public double TrapShare { get; init; } = 0.6;

    [Option(Basic = true, Choices = "templates|base|uploaded", Label = "Refusals", Help = "templates: by category and language, with reason and lawful way; base: the model's own refusal where it has one; uploaded: the answers in your file.")]
    public string Answers { get; init; } = "templates";

    [Option(Basic = true, Min = 0, Max = 1, Label = "Replay share", Help = "Ordinary prompts among all rows, with the model's own answers, so that nothing else changes and answers still end.")]
    public double ReplayShare { get; init; } = 0.08;

    [Option(Min = 0, Max = 1, Label = "Whole replay answers", Help = "Share of the ordinary prompts whose answer training sees whole instead of its first words.")]
    public double WholeReplay { get; init; } = 0.2;

    [Option(Min = 16, Max = 1024, Label = "Longest replay answer", Help = "Tokens that the answer to an ordinary prompt may have; of a longer one the end is not learned.")]
    public int ReplayTokens { get; init; } = 100;

    [Option(Min = 2, Max = 512, Label = "Kept words", Help = "Words of an answer that training sees (twice as many characters in Chinese): refusing or helping is decided in the first words, and short rows train several times faster.")]
    public int AnswerWords { get; init; } = 6;

    [Option(Min = 0, Max = 1, Label = "Whole refusals", Help = "Share of the refusals that training sees whole instead of their first words.")]
    public double WholeRefusals { get; init; } = 0.2;

    [Option(Min = 0, MinExclusive = true, Max = 10, Label = "Weight of refusals", Help = "How much a refusal counts beside an answer to a harmless prompt in supervised training: lower refuses less of both, higher more.")]
    public double RefusalWeight { get; init; } = 0.45;

    [Option(Min = 0, Max = 1, Label = "Rows without system prompt", Help = "Where the model's chat template writes a system prompt of its own, this share of the rows goes without: they are shorter, and the behaviour holds under other system prompts.")]
    public double EmptySystemShare { get; init; } = 0.8;

    [Option(Label = "Ask the model the traps too", Help = "Also keeps how the model answers traps before training; methods that learn from the contrast (ORPO, DPO, KTO) take it as the worse answer.")]
    public bool TrapAnswers { get; init; } = true;

    [Option(Min = 0, Max = 0.5, Label = "Validation share", Help = "Pairs kept aside to watch the training; both prompts of a pair stay together.")]
    public double ValidationShare { get; init; } = 0.03;

    [Option(Min = 0, Max = int.MaxValue, Label = "Seed", Help = "The same seed and data give the same rows.")]
    public int Seed { get; init; } = 42;
}
