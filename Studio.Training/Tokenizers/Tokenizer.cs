namespace Studio.Training.Tokenizers;

/// <summary>
/// Text to token ids and back, exactly as the model's own files say. Safe to use from several threads.
/// </summary>
public sealed class Tokenizer
{
    private readonly TokenizerEngine engine;

    internal Tokenizer(TokenizerEngine engine, SpecialTokens specialTokens, byte[] canonicalHash, string source)
    {
        this.engine = engine;
        SpecialTokens = specialTokens;
        CanonicalHash = canonicalHash;
        Source = source;
    }

    /// <summary>Names of the special tokens, from the configuration beside the tokenizer or from GGUF metadata.</summary>
    public SpecialTokens SpecialTokens { get; }

    /// <summary>SHA-256 of what defines the tokenizer; equal for equal files wherever they lie.</summary>
    public byte[] CanonicalHash { get; }

    /// <summary>The file it was read from.</summary>
    public string Source { get; }

    /// <summary>Number of different tokens, added ones included.</summary>
    public int VocabularySize => engine.Count;

    /// <summary>One more than the highest id: the rows that an embedding needs at least.</summary>
    public int IdLimit => engine.Size;

    /// <summary>
    /// Loads a tokenizer.json, a SentencePiece .model, a GPT-2 vocab.json (with the merges.txt beside it), a .gguf file, or a folder that holds one of them.
    /// Throws <see cref="TokenizerFormatException"/> for a file that is not as it should be, and <see cref="FileNotFoundException"/> where there is none.
    /// </summary>
    public static Tokenizer Load(string path) => TokenizerFiles.Load(path);

    /// <summary>The same tokenizer without the truncation and padding that its file asks for: training and serving cut and pad themselves.</summary>
    public Tokenizer Uncut() => ReferenceEquals(engine.Uncut, engine) ? this : new Tokenizer(engine.Uncut, SpecialTokens, CanonicalHash, Source);

    /// <summary>Reads a tokenizer.json that is in memory; <paramref name="name"/> stands in messages.</summary>
    public static Tokenizer Parse(ReadOnlyMemory<byte> tokenizerJson, string name) => TokenizerFiles.ParseJson(tokenizerJson, name, new SpecialTokens());

    /// <summary>
    /// Encodes a text, or two as the template for pairs says. <paramref name="addSpecialTokens"/> inserts what the template inserts (begin, end, separators).
    /// Throws <see cref="TokenizationException"/> for text that the file's own truncation or vocabulary cannot take.
    /// </summary>
    public Encoding Encode(string text, bool addSpecialTokens = true, string? pair = null) => Encode(text, addSpecialTokens, pair, parseSpecialTokens: true);

    /// <summary>As <see cref="Encode(string, bool, string?)"/>; with <paramref name="parseSpecialTokens"/> false, special tokens written in the text are ordinary text.</summary>
    public Encoding Encode(string text, bool addSpecialTokens, string? pair, bool parseSpecialTokens)
    {
        ArgumentNullException.ThrowIfNull(text);
        try
        {
            return engine.Encode([(text, pair)], addSpecialTokens, parseSpecialTokens)[0];
        }
        catch (Patterns.PatternTooSlowException exception)
        {
            throw new TokenizationException(exception.Message);
        }
    }

    /// <summary>Encodes a batch; all are padded to the longest where the file's padding section says so.</summary>
    public IReadOnlyList<Encoding> EncodeBatch(IReadOnlyList<(string Text, string? Pair)> batch, bool addSpecialTokens = true)
    {
        try
        {
            return engine.Encode(batch, addSpecialTokens, parseSpecialTokens: true);
        }
        catch (Patterns.PatternTooSlowException exception)
        {
            throw new TokenizationException(exception.Message);
        }
    }

    /// <summary>The text of ids; unknown ids give nothing.</summary>
    public string Decode(IReadOnlyList<int> ids, bool skipSpecialTokens = false) => engine.Decode(ids, skipSpecialTokens);

    public int? TokenToId(string token) => engine.IdOf(token);

    public string? IdToToken(int id) => engine.TokenOf(id);

    /// <summary>True for tokens that <see cref="Decode"/> can skip.</summary>
    public bool IsSpecial(int id) => engine.IsSpecial(id);

    internal bool DecodesToNothing(int id, bool skipSpecialTokens) => engine.DecodesToNothing(id, skipSpecialTokens);

    /// <summary>A decoder for tokens that come one by one.</summary>
    public StreamDecoder CreateStreamDecoder(bool skipSpecialTokens) => new(this, skipSpecialTokens);
}
