using Studio.Training.Tokenizers.Normalizers;
using Studio.Training.Tokenizers.Patterns;
using Studio.Training.Tokenizers.Texts;

namespace Studio.Training.Tokenizers.PreTokenizers;

/// <summary>GPT-2's pre-tokenizer: an optional space in front, an optional split into words, then the bytes in the byte-level alphabet.</summary>
internal sealed class ByteLevel(bool addPrefixSpace, bool useRegex) : PreTokenizer
{
    public const string Words = @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";

    private static readonly Lazy<Splitter> Splitter = new(() => new Splitter(Pattern.OfRegex(Words), SplitBehavior.Isolated));

    public static ByteLevel Read(JsonField field) => new(field["add_prefix_space"].AsBool(true), field["use_regex"].AsBool(true));

    public override List<Piece> Split(List<Piece> pieces)
    {
        if (addPrefixSpace)
        {
            for (var i = 0; i < pieces.Count; i++)
            {
                if (!pieces[i].IsToken && pieces[i].Length > 0 && pieces[i].Span[0] != ' ')
                {
                    pieces[i] = Piece.Of(pieces[i].Whole.Prepend([' ']));
                }
            }
        }

        return Spell(useRegex ? Splitter.Value.SplitAll(pieces) : pieces);
    }

    /// <summary>Writes pieces in the byte-level alphabet. Pieces of one text are spelled together, so that a long text costs two arrays and not two for each word.</summary>
    public static List<Piece> Spell(List<Piece> pieces)
    {
        var output = new List<Piece>(pieces.Count);
        NormalizedText? source = null;
        NormalizedText? spelled = null;
        int[]? places = null;
        foreach (var piece in pieces)
        {
            if (piece.IsToken)
            {
                output.Add(piece);
                continue;
            }

            if (piece.Length == 0)
            {
                continue;
            }

            if (!ReferenceEquals(source, piece.Text))
            {
                source = piece.Text;
                spelled = ByteLevelNormalizer.Spell(source);
                places = spelled.Length == source.Length ? null : Places(source);
            }

            var start = places is null ? piece.Start : places[piece.Start];
            var end = places is null ? piece.Start + piece.Length : places[piece.Start + piece.Length];
            output.Add(new Piece(spelled!, start, end - start));
        }

        return output;
    }

    private static int[] Places(NormalizedText text)
    {
        var places = new int[text.Length + 1];
        for (var i = 0; i < text.Length; i++)
        {
            places[i + 1] = places[i] + CodePoints.Utf8Length(text.CodePoints[i]);
        }

        return places;
    }
}
