using Studio.Training.Tokenizers.SentencePiece;

namespace Studio.Training.Tokenizers.Gguf;

/// <summary>The vocabulary of a GGUF file, with the types that llama.cpp gives to tokens that only look like control tokens.</summary>
internal sealed class GgufVocabulary
{
    // Tokens of these texts end a generation, or frame code to fill in; they are control tokens whatever the file says.
    private static readonly HashSet<string> ControlTexts = new(StringComparer.Ordinal)
    {
        "<|eot_id|>", "<|im_end|>", "<|end|>", "<|return|>", "<|call|>", "<|flush|>", "<|calls|>", "<end_of_turn>", "<|endoftext|>", "<|eom_id|>", "<EOT>", "_<EOT>", "[EOT]", "[EOS]", "<|end_of_text|>",
        "<end_of_utterance>", "<eos>", "<turn|>", "<|tool_response>", "<｜end▁of▁sentence｜>", "[e~[", "</s>",
        "<|fim_prefix|>", "<fim-prefix>", "<fim_prefix>", "<｜fim▁begin｜>", "<PRE>", "▁<PRE>", "<|code_prefix|>", "<|prefix|>",
        "<|fim_suffix|>", "<fim-suffix>", "<fim_suffix>", "<｜fim▁hole｜>", "<SUF>", "▁<SUF>", "<|code_suffix|>", "<|suffix|>",
        "<|fim_middle|>", "<fim-middle>", "<fim_middle>", "<｜fim▁end｜>", "<MID>", "▁<MID>", "<|code_middle|>", "<|middle|>",
        "<|fim_pad|>", "<fim-pad>", "<fim_pad>", "<PAD>", "[PAD]", "<|fim_repo|>", "<|repo_name|>", "<fim-repo>", "<REPO>", "<reponame>", "<|file_sep|>",
    };

    // The frame of the harmony format is always cut out and always shown.
    private static readonly HashSet<string> HarmonyTexts = new(StringComparer.Ordinal) { "<|channel|>", "<|message|>", "<|start|>", "<|constrain|>" };

    private readonly Dictionary<string, int> ids = new(StringComparer.Ordinal);

    public GgufVocabulary(GgufMetadata metadata)
    {
        const string TokensKey = "tokenizer.ggml.tokens";
        var tokens = metadata.Texts(TokensKey) ?? throw metadata.Error(TokensKey, "is missing");
        if (tokens.Length == 0)
        {
            throw metadata.Error(TokensKey, "is empty");
        }

        Scores = metadata.Numbers("tokenizer.ggml.scores") ?? new float[tokens.Length];
        var types = metadata.Integers("tokenizer.ggml.token_type");
        if (Scores.Length < tokens.Length)
        {
            throw metadata.Error("tokenizer.ggml.scores", "has fewer entries than there are tokens");
        }

        if (types is not null && types.Length < tokens.Length)
        {
            throw metadata.Error("tokenizer.ggml.token_type", "has fewer entries than there are tokens");
        }

        Tokens = (string[])tokens.Clone();
        Types = new PieceType[tokens.Length];
        var harmony = tokens.Contains("<|end|>") && tokens.Contains("<|call|>") && tokens.Contains("<|return|>") || tokens.Contains("<|end|>") && tokens.Contains("<|flush|>") && tokens.Contains("<|calls|>");
        var toolResponse = tokens.Contains("<|tool_response>");
        for (var id = 0; id < tokens.Length; id++)
        {
            if (tokens[id].Length == 0)
            {
                Tokens[id] = $"[EMPTY_{id}]";
            }

            ids.TryAdd(Tokens[id], id);
            var type = types is null || types[id] is < 1 or > 6 ? PieceType.Normal : (PieceType)types[id];
            Types[id] = HarmonyTexts.Contains(tokens[id]) || harmony && tokens[id] == "<|end|>" ? PieceType.UserDefined
                : toolResponse && tokens[id] == "</s>" ? PieceType.Normal
                : ControlTexts.Contains(tokens[id]) ? PieceType.Control
                : type;
        }
    }

    public string[] Tokens { get; }

    public PieceType[] Types { get; }

    public float[] Scores { get; }

    public int? IdOf(string token) => ids.TryGetValue(token, out var id) ? id : null;
}
