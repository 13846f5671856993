namespace Studio.Training.Generation.Processors;

/// <summary>What a processor sees besides the scores.</summary>
/// <param name="Ids">Prompt and generated tokens of this sequence.</param>
/// <param name="PromptLength">How many of them are the prompt.</param>
/// <param name="ContentStart">Index of the first token that is not left padding.</param>
/// <param name="EosTokenIds">Tokens that end the text.</param>
public readonly record struct LogitsContext(IReadOnlyList<int> Ids, int PromptLength, int ContentStart, IReadOnlyList<int> EosTokenIds)
{
    public int GeneratedLength => Ids.Count - PromptLength;
}

/// <summary>Changes the scores of the next token in place; a removed token gets negative infinity.</summary>
public interface ILogitsProcessor
{
    /// <param name="scores">(vocabulary) logits.</param>
    void Apply(Span<float> scores, LogitsContext context);
}
