namespace Studio.Training.Tokenizers.SentencePiece;

/// <summary>Kinds of pieces; the numbers are those of the model format and of GGUF's <c>token_type</c> (which counts alike, with UNKNOWN 2).</summary>
internal enum PieceType
{
    Normal = 1,
    Unknown = 2,
    Control = 3,
    UserDefined = 4,
    Unused = 5,
    Byte = 6,
}
