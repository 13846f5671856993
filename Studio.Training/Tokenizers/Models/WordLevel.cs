using Studio.Training.Tokenizers.Texts;

namespace Studio.Training.Tokenizers.Models;

/// <summary>Whole pieces as vocabulary entries.</summary>
internal sealed class WordLevel(Vocabulary vocabulary, string unknown) : TokenModel
{
    public override Vocabulary Vocabulary { get; } = vocabulary;

    public static WordLevel Read(JsonField field) => new(Vocabulary.Read(field.Required("vocab")), field["unk_token"].AsOptionalString() ?? "<unk>");

    public override ModelToken[] Tokenize(ReadOnlySpan<int> piece)
    {
        var text = CodePoints.ToText(piece);
        return Vocabulary.IdOf(text) is { } id ? [new ModelToken(id, text, 0, piece.Length)]
            : Vocabulary.IdOf(unknown) is { } unknownId ? [new ModelToken(unknownId, unknown, 0, piece.Length)]
            : throw new TokenizationException($"'{text}' is not in the vocabulary, nor is the unknown token '{unknown}'");
    }
}
