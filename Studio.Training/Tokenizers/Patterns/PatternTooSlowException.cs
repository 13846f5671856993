namespace Studio.Training.Tokenizers.Patterns;

/// <summary>A search that went past the limit of steps: a pattern with back-references that explodes on the text.</summary>
internal sealed class PatternTooSlowException() : Exception("a regular expression of this tokenizer takes too long on this text");
