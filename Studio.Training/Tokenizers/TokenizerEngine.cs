namespace Studio.Training.Tokenizers;

/// <summary>One kind of tokenizer behind the public type: tokenizer.json, SentencePiece, or a GGUF vocabulary. Safe to use from several threads.</summary>
internal abstract class TokenizerEngine
{
    /// <summary>Encodings of a batch, padded to each other where the file says so.</summary>
    public abstract IReadOnlyList<Encoding> Encode(IReadOnlyList<(string Text, string? Pair)> batch, bool addSpecialTokens, bool parseSpecialTokens);

    /// <summary>The same engine without the truncation and padding its file asks for.</summary>
    public virtual TokenizerEngine Uncut => this;

    public abstract string Decode(IReadOnlyList<int> ids, bool skipSpecialTokens);

    /// <summary>Number of different tokens, added ones included.</summary>
    public abstract int Count { get; }

    /// <summary>One more than the highest id.</summary>
    public abstract int Size { get; }

    public abstract int? IdOf(string token);

    public abstract string? TokenOf(int id);

    public abstract bool IsSpecial(int id);

    /// <summary>True for ids that <see cref="Decode"/> leaves out.</summary>
    public abstract bool DecodesToNothing(int id, bool skipSpecialTokens);
}
