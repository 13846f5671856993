namespace Studio.Training.Tokenizers;

/// <summary>A text that this tokenizer cannot encode: truncation that cannot be done, or an unknown word in a vocabulary without an unknown token.</summary>
public sealed class TokenizationException(string message) : Exception(message);
