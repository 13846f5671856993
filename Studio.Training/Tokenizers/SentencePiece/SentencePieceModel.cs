namespace Studio.Training.Tokenizers.SentencePiece;

/// <summary>What a SentencePiece <c>.model</c> file holds (sentencepiece_model.proto).</summary>
internal sealed record SentencePieceModel
{
    public sealed record Piece(string Text, float Score, PieceType Type);

    public enum Kind
    {
        Unigram = 1,
        BytePairs = 2,
        Word = 3,
        Char = 4,
    }

    public required IReadOnlyList<Piece> Pieces { get; init; }

    public Kind ModelKind { get; init; } = Kind.Unigram;

    public bool ByteFallback { get; init; }

    public bool SpaceAsSuffix { get; init; }

    public string UnknownSurface { get; init; } = " \u2047 ";

    public byte[] CharacterMap { get; init; } = [];

    public bool AddDummyPrefix { get; init; } = true;

    public bool RemoveExtraSpaces { get; init; } = true;

    public bool EscapeSpaces { get; init; } = true;

    public static SentencePieceModel Read(ReadOnlySpan<byte> data, string file)
    {
        try
        {
            return Parse(data, file);
        }
        catch (FormatException exception)
        {
            throw new TokenizerFormatException(file, "", exception.Message, exception);
        }
    }

    private static SentencePieceModel Parse(ReadOnlySpan<byte> data, string file)
    {
        var pieces = new List<Piece>();
        var model = new SentencePieceModel { Pieces = pieces };
        var reader = new ProtobufReader(data);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1:
                    pieces.Add(ReadPiece(reader.Bytes, file, pieces.Count));
                    break;
                case 2:
                    model = ReadTrainer(model, reader.Bytes);
                    break;
                case 3:
                    model = ReadNormalizer(model, reader.Bytes);
                    break;
            }
        }

        if (pieces.Count == 0)
        {
            throw new TokenizerFormatException(file, "pieces", "the model has no pieces");
        }

        return !Enum.IsDefined(model.ModelKind) ? throw new TokenizerFormatException(file, "trainer_spec.model_type", $"unknown model type {(int)model.ModelKind}")
            : !pieces.Exists(piece => piece.Type == PieceType.Unknown) ? throw new TokenizerFormatException(file, "pieces", "the model has no unknown piece")
            : model;
    }

    private static Piece ReadPiece(ReadOnlySpan<byte> data, string file, int index)
    {
        var (text, score, type) = ("", 0f, PieceType.Normal);
        var reader = new ProtobufReader(data);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1: text = reader.Text; break;
                case 2: score = reader.Single; break;
                case 3: type = (PieceType)reader.Number; break;
            }
        }

        return text.Length == 0 ? throw new TokenizerFormatException(file, $"pieces[{index}].piece", "is empty")
            : !Enum.IsDefined(type) ? throw new TokenizerFormatException(file, $"pieces[{index}].type", "is unknown")
            : float.IsNaN(score) ? throw new TokenizerFormatException(file, $"pieces[{index}].score", "is not a number")
            : new Piece(text, score, type);
    }

    private static SentencePieceModel ReadTrainer(SentencePieceModel model, ReadOnlySpan<byte> data)
    {
        var reader = new ProtobufReader(data);
        while (reader.Next())
        {
            model = reader.Field switch
            {
                3 => model with { ModelKind = (Kind)reader.Number },
                24 => model with { SpaceAsSuffix = reader.Number != 0 },
                35 => model with { ByteFallback = reader.Number != 0 },
                44 => model with { UnknownSurface = reader.Text },
                _ => model,
            };
        }

        return model;
    }

    private static SentencePieceModel ReadNormalizer(SentencePieceModel model, ReadOnlySpan<byte> data)
    {
        var reader = new ProtobufReader(data);
        while (reader.Next())
        {
            model = reader.Field switch
            {
                2 => model with { CharacterMap = reader.Bytes.ToArray() },
                3 => model with { AddDummyPrefix = reader.Number != 0 },
                4 => model with { RemoveExtraSpaces = reader.Number != 0 },
                5 => model with { EscapeSpaces = reader.Number != 0 },
                _ => model,
            };
        }

        return model;
    }
}
