namespace Studio.Training.Tokenizers.Gguf;

/// <summary>
/// What a pre-tokenizer name of a GGUF file stands for: the patterns that split a text one after the other, and what goes with the name.
/// The names and patterns are those of llama.cpp, which is the reference for GGUF vocabularies.
/// </summary>
/// <param name="Patterns">Applied in order to the pieces of the one before.</param>
internal sealed record GgufPreTokenizer(params string[] Patterns)
{
    private const string Contraction = "(?:'[sS]|'[tT]|'[rR][eE]|'[vV][eE]|'[mM]|'[lL][lL]|'[dD])";
    private const string Blanks = @"\s*[\r\n]+|\s+(?!\S)|\s+";
    private const string Gpt2 = PreTokenizers.ByteLevel.Words;
    private const string Llama3 = Contraction + @"|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|" + Blanks;
    private const string Qwen2 = Contraction + @"|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|" + Blanks;
    private const string CasedWord = @"[^\r\n\p{L}\p{N}]?(?:(?=[\p{L}])[^a-z])*(?:(?=[\p{L}])[^A-Z])+";
    private const string UpperWord = @"[^\r\n\p{L}\p{N}]?(?:(?=[\p{L}])[^a-z])+(?:(?=[\p{L}])[^A-Z])*";
    private const string MarkedWord = @"[^\r\n\p{L}\p{N}]?(?:(?=[\p{L}\p{M}])[^a-z])*(?:(?=[\p{L}\p{M}])[^A-Z])+";
    private const string MarkedUpperWord = @"[^\r\n\p{L}\p{N}]?(?:(?=[\p{L}\p{M}])[^a-z])+(?:(?=[\p{L}\p{M}])[^A-Z])*";
    private const string AnyWord = @"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+" + Contraction + "?|"
        + @"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*" + Contraction + "?";

    private const string Gpt4o = CasedWord + Contraction + "?|" + UpperWord + Contraction + @"?|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|" + Blanks;
    private const string DeepSeekWords = @"[!""#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*|" + Blanks;
    private const string Cjk = @"[\x{4E00}-\x{9FA5}\x{3040}-\x{309F}\x{30A0}-\x{30FF}]+";
    private const string DeepSeekCjk = @"[\x{4E00}-\x{9FA5}\x{800}-\x{4E00}\x{AC00}-\x{D7FF}]+";
    private const string Bloom = @" ?[^(\s|.,!?…。，、।۔،)]+";

    // Letters with case, as Unicode had them when the first DeepSeek vocabulary was made; ranges in hexadecimal.
    private static readonly string DeepSeekLatin = "A-Za-z" + Class(
        "B5 C0-D6 D8-F6 F8-1BA 1BC-1BF 1C4-293 295-2AF 370-373 376 377 37B-37D 37F 386 388-38A 38C 38E-3A1 3A3-3F5 3F7-481 48A-52F 531-556 10A0-10C5 13A0-13F5"
        + " 13F8-13FD 1C90-1CBA 1CBD-1CBF 1D00-1D2B 1D6B-1D77 1D79-1D9A 1E00-1F15 1F18-1F1D 1F20-1F45 1F48-1F4D 1F50-1F57 1F59 1F5B 1F5D 1F5F-1F7D 1F80-1FB4"
        + " 1FB6-1FBC 1FBE 1FC2-1FC4 1FC6-1FCC 1FD0-1FD3 1FD6-1FDB 1FE0-1FEC 1FF2-1FF4 1FF6-1FFC 2102 2107 210A-2113 2115 2119-211D 2124 2126 2128 212A-212D"
        + " 212F-2134 2139 213C-213F 2145-2149 214E 2183 2184 2C00-2C7B 2C7E-2CE4 2CEB-2CEE 2CF2 2CF3 A640-A66D A680-A69B A722-A76F A771-A787 A78B-A78E AB70-ABBF"
        + " FB00-FB06 FB13-FB17 FF21-FF3A FF41-FF5A 10400-1044F 104B0-104D3 104D8-104FB 10C80-10CB2 10CC0-10CF2 118A0-118DF 1E900-1E943");

    // CJK ideographs, kana, Thai, Lao, Khmer, Myanmar and Hangul.
    private static readonly string AsianScripts = Class(
        "4E00-9FFF 3400-4DBF F900-FAFF 3040-309F 30A0-30FF FF65-FF9F 2F00-2FDF E40-E7F E80-EFF 1780-17FF 1000-109F AA60-AA7F A9E0-A9FF AC00-D7AF 1100-11FF");

    private static string Class(string ranges) => string.Concat(ranges.Split(' ').Select(range => string.Join('-', range.Split('-').Select(end => @"\x{" + end + "}"))));

    // Han by block, as the reference tells it.
    private const string Han = @"\x{4E00}-\x{9FFF}\x{3400}-\x{4DBF}\x{20000}-\x{2A6DF}\x{2A700}-\x{2EBEF}\x{F900}-\x{FAFF}\x{2F800}-\x{2FA1F}";
    private const string KimiK2 = "[" + Han + @"]+|[^\r\n\p{L}\p{N}]?[\p{L}&&[^" + Han + "]]+" + Contraction + @"?|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|" + Blanks;

    /// <summary>A piece that is a vocabulary entry is taken whole.</summary>
    public bool IgnoreMerges { get; init; }

    public bool AddBos { get; init; }

    public bool AddSep { get; init; }

    /// <summary>False where tokens are written in plain UTF-8 and not in the byte-level alphabet.</summary>
    public bool ByteLetters { get; init; } = true;

    /// <summary>Spaces are written ▁.</summary>
    public bool EscapeSpaces { get; init; }

    /// <summary>Digit runs are cut in threes from the right before anything else.</summary>
    public bool GroupDigitsFromRight { get; init; }

    private static GgufPreTokenizer Code => new(@"\p{N}", Gpt2);

    private static GgufPreTokenizer Plain => new(Gpt2);

    private static GgufPreTokenizer LlamaBpe => new(Llama3) { IgnoreMerges = true, AddBos = true };

    private static GgufPreTokenizer WholeText => new("[^\\n]+|[\\n]+") { ByteLetters = false, EscapeSpaces = true };

    private static GgufPreTokenizer DeepSeekV3 => new(@"\p{N}{1,3}", Cjk, DeepSeekWords);

    private static GgufPreTokenizer WithSep => new(Gpt2) { AddSep = true };

    public static GgufPreTokenizer Default => new(@"[\p{P}\$\+<=>\^~\|]+", Gpt2, @"\p{N}+", "[0-9][0-9][0-9]");

    /// <summary>The members by name.</summary>
    public static readonly IReadOnlyDictionary<string, Func<GgufPreTokenizer>> Members = new Dictionary<string, Func<GgufPreTokenizer>>(StringComparer.Ordinal)
    {
        ["default"] = () => Default,
        ["llama3"] = () => LlamaBpe,
        ["llama-v3"] = () => LlamaBpe,
        ["llama-bpe"] = () => LlamaBpe,
        ["falcon3"] = () => LlamaBpe,
        ["falcon-h1"] = () => LlamaBpe,
        ["pixtral"] = () => LlamaBpe,
        ["midm-2.0"] = () => LlamaBpe,
        ["lfm2"] = () => LlamaBpe,
        ["jina-v5-nano"] = () => LlamaBpe,
        ["dbrx"] = () => new(Llama3),
        ["smaug-bpe"] = () => new(Llama3),
        ["glm4"] = () => new(Llama3),
        ["chatglm-bpe"] = () => new(Llama3),
        ["minicpm5"] = () => new(@"\p{N}{1,3}", Contraction + @"|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}+| ?[^\s\p{L}\p{N}]+[\r\n]*|" + Blanks) { IgnoreMerges = true },
        ["deepseek-llm"] = () => new("[\r\n]", @"\s?[" + DeepSeekLatin + "]+", @"\s?[!-/:-~" + Class("FF01-FF0F FF1A-FF5E 2018-201F 3000-3002") + "]+", @"\s+\z", DeepSeekCjk, @"\p{N}+"),
        ["deepseek-coder"] = () => new("[\r\n]", @"\s?\p{L}+", @"\s?\p{P}+", DeepSeekCjk, @"\p{N}"),
        ["deepseek-v3"] = () => DeepSeekV3,
        ["hunyuan-dense"] = () => DeepSeekV3,
        ["hy_v4"] = () => DeepSeekV3,
        ["joyai-llm"] = () => DeepSeekV3,
        ["spark2_5"] = () => new(
            @"\p{N}{1,3}",
            Cjk,
            @"[!""#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+|[\r\n]|\s+(?!\S)|\s+",
            @"\p{N}"),
        ["youtu"] = () => new("[" + Class("AC00-D7A3 3131-318E") + "]+|[" + Class("FF01 2026 201C 201D 2018 2019 2014 FF1A FF1B FF0C 3001-303F FE30-FE4F") + "]+|[" + Class("3105-312F") + "]+|" + Cjk, AnyWord + @"|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|" + Blanks) { IgnoreMerges = true },
        ["falcon"] = () => new(@"[\p{P}\$\+<=>\^~\|`]+", Gpt2, "[0-9][0-9][0-9]"),
        ["mpt"] = () => Plain,
        ["olmo"] = () => Plain,
        ["jais"] = () => Plain,
        ["trillion"] = () => Plain,
        ["granite-docling"] = () => Plain,
        ["gpt-2"] = () => Plain,
        ["phi-2"] = () => Plain,
        ["jina-es"] = () => Plain,
        ["jina-de"] = () => Plain,
        ["gigachat"] = () => Plain,
        ["jina-v2-es"] = () => Plain,
        ["jina-v2-de"] = () => Plain,
        ["a.x-4.0"] = () => Plain,
        ["mellum"] = () => Plain,
        ["modern-bert"] = () => Plain,
        ["exaone4"] = () => Plain,
        ["jina-v1-en"] = () => WithSep,
        ["jina-v2-code"] = () => WithSep,
        ["roberta-bpe"] = () => WithSep,
        ["starcoder"] = () => Code,
        ["refact"] = () => Code,
        ["command-r"] = () => Code,
        ["smollm"] = () => Code,
        ["codeshell"] = () => Code,
        ["exaone"] = () => Code,
        ["minerva-7b"] = () => Code,
        ["mellum2"] = () => Code,
        ["jais-2"] = () => new(Contraction + @"|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+"
            + @"|\s{512}(?!\S)|\s{256}(?!\S)|\s{128}(?!\S)|\s{64}(?!\S)|\s{32}(?!\S)|\s{16}(?!\S)|\s{8}(?!\S)|\s{4}(?!\S)|\s{1,2}(?!\S)|\s{1}"),
        ["qwen2"] = () => new(Qwen2),
        ["deepseek-r1-qwen"] = () => new(Qwen2),
        ["kormo"] = () => new(Qwen2),
        ["f2llmv2"] = () => new(Qwen2),
        ["megrez"] = () => new(Qwen2),
        ["stablelm2"] = () => new(Qwen2),
        ["hunyuan"] = () => new(Qwen2),
        ["solar-open"] = () => new(Qwen2),
        ["grok-2"] = () => new(Qwen2),
        ["laguna"] = () => new("[^\\n]+|[\\n]+", Qwen2),
        ["ufakzeka"] = () => new(@"[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|" + Blanks),
        ["qwen35"] = () => new(Contraction + @"|[^\r\n\p{L}\p{N}]?[\p{L}\p{M}]+|\p{N}| ?[^\s\p{L}\p{M}\p{N}]+[\r\n]*|" + Blanks),
        ["poro-chat"] = () => new(Bloom),
        ["bloom"] = () => new(Bloom),
        ["gpt3-finnish"] = () => new(Bloom),
        ["viking"] = () => new(Bloom, @"\p{N}"),
        ["tekken"] = () => new(CasedWord + "|" + UpperWord + @"|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|" + Blanks) { IgnoreMerges = true, AddBos = true },
        ["chameleon"] = () => new("<sentinel:[0-9]+>", "(?:IMGIMG)(?:(?:A|B|C|D|E|F|G|H|I){1,4})Z", "(?:[\\t\\n]|    |  )", @"\p{N}", @"[\p{P}!-/:-@\[-`{-~]", Gpt2) { AddBos = true },
        ["gpt-4o"] = () => new(Gpt4o),
        ["llama4"] = () => new(Gpt4o),
        ["kanana2"] = () => new(Gpt4o),
        ["talkie"] = () => new(Gpt4o),
        ["minimax-m2"] = () => new(Gpt4o),
        ["granite-embed-multi-97m"] = () => new(MarkedWord + Contraction + "?|" + MarkedUpperWord + Contraction + @"?|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|" + Blanks) { IgnoreMerges = true },
        ["tiny_aya"] = () => new(@"[0-9]{1,3}(?=(?:[0-9]{3})*(?![A-Za-z0-9_]))", AnyWord + @"|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|" + Blanks),
        ["cohere2moe"] = () => new(@"[0-9]{1,3}(?=(?:[0-9]{3})*(?![A-Za-z0-9_]))", AnyWord + @"|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|" + Blanks),
        ["kimi-k2"] = () => new(KimiK2),
        ["superbpe"] = () => new(@"\p{N}+", "(?=(?:[0-9]{3})+(?![0-9]))"),
        ["bailingmoe"] = () => Bailing,
        ["bailingmoe2"] = () => Bailing,
        ["llada-moe"] = () => Bailing,
        ["seed-coder"] = () => new(Contraction + @"|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1}| ?[^\s\p{L}\p{N}\r\n]+|" + Blanks),
        ["afmoe"] = () => new("[" + AsianScripts + "]+", DeepSeekWords) { GroupDigitsFromRight = true },
        ["exaone-moe"] = () => new(Contraction + @"|[^\r\n\p{L}\p{N}]?(?:\p{L}\p{M}*(?: \p{L}\p{M}*)*)+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]?|\s*[\r\n]|\s+(?!\S)|\s+"),
        ["gemma4"] = () => WholeText with { AddBos = true },
        ["granite-embed-multi-311m"] = () => WholeText with { AddBos = true },
        ["sarvam-moe"] = () => WholeText,
    };

    private static GgufPreTokenizer Bailing => new(@"'(?:[sSdDmMtT]|[lL][lL]|[vV][eE]|[rR][eE])|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]|\s+(?!\S)|\s+");
}
