using Studio.Data.Evaluation.Text;

namespace Studio.Training.Evaluation;

/// <summary>Recognises a kind of answer by its phrases.</summary>
public sealed class PhraseJudge
{
    private readonly PhraseList phrases;

    private PhraseJudge(PhraseList phrases) => this.phrases = phrases;

    /// <summary>"I can't help with that" and its like.</summary>
    public static PhraseJudge Refusal { get; } = new(PhraseList.Refusal);

    /// <summary>"I don't know" and its like.</summary>
    public static PhraseJudge Abstention { get; } = new(new PhraseList(EmbeddedFile.Read("abstention_phrases.json")));

    public bool Matches(string answer) => phrases.Matches(answer);
}
