using Studio.Training.Tokenizers.Patterns;

namespace Studio.Training.Tokenizers.PreTokenizers;

/// <summary>Writes spaces as a visible letter, puts one in front as the scheme says, and splits before each.</summary>
internal sealed class Metaspace(int replacement, PrependScheme scheme, bool split) : PreTokenizer
{
    private readonly Splitter splitter = new(Pattern.OfCodePoints(c => c == replacement), SplitBehavior.MergedWithNext);

    public static Metaspace Read(JsonField field) => new(field.Required("replacement").AsCodePoint(), ReadScheme(field), field["split"].AsBool(true));

    /// <summary>Reads <c>prepend_scheme</c>, or the older <c>add_prefix_space</c>; both may stand together only when they agree.</summary>
    public static PrependScheme ReadScheme(JsonField field)
    {
        var scheme = field["prepend_scheme"];
        var result = scheme.AsOptionalString() switch
        {
            null or "always" => PrependScheme.Always,
            "first" => PrependScheme.First,
            "never" => PrependScheme.Never,
            var other => throw scheme.Error($"unknown scheme '{other}'"),
        };
        return field["add_prefix_space"].AsOptionalBool() == false && result != PrependScheme.Never
            ? throw field.Error("add_prefix_space does not match declared prepend_scheme; write prepend_scheme 'never' beside it")
            : result;
    }

    public override List<Piece> Split(List<Piece> pieces)
    {
        var output = new List<Piece>(pieces.Count * 4);
        foreach (var piece in pieces)
        {
            if (piece.IsToken)
            {
                output.Add(piece);
                continue;
            }

            var text = piece.Whole.Map(c => c == ' ' ? replacement : c);
            if (text.Length == 0)
            {
                continue;
            }

            if (text.CodePoints[0] != replacement && (scheme == PrependScheme.Always || scheme == PrependScheme.First && text.Origin == 0))
            {
                text = text.Prepend([replacement]);
            }

            if (split)
            {
                splitter.Split(Piece.Of(text), output);
            }
            else
            {
                output.Add(Piece.Of(text));
            }
        }

        return output;
    }
}
