using Studio.Training.Tokenizers.Texts;

namespace Studio.Training.Tokenizers.PreTokenizers;

/// <summary>Splits where the script changes; Japanese syllables count as Han, a space goes with whatever stands before it, and what stands before the first script is dropped.</summary>
internal sealed class UnicodeScripts : PreTokenizer
{
    private const int Any = 0;
    private const int ProlongedSoundMark = 0x30FC;
    private static readonly int Han = UnicodeClasses.ScriptNumber("Han");
    private static readonly int Hiragana = UnicodeClasses.ScriptNumber("Hiragana");
    private static readonly int Katakana = UnicodeClasses.ScriptNumber("Katakana");

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

            var span = piece.Span;
            var start = span.Length;
            var last = -1;
            for (var i = 0; i < span.Length; i++)
            {
                var script = ScriptOf(span[i]);
                if (script == Any)
                {
                    continue;
                }

                if (script != last)
                {
                    if (last >= 0)
                    {
                        output.Add(piece with { Start = piece.Start + start, Length = i - start });
                    }

                    start = i;
                }

                last = script;
            }

            if (span.Length > start)
            {
                output.Add(piece with { Start = piece.Start + start, Length = span.Length - start });
            }
        }

        return output;
    }

    private static int ScriptOf(int c)
    {
        if (c == ProlongedSoundMark)
        {
            return Han;
        }

        if (c == ' ')
        {
            return Any;
        }

        if (!UnicodeClasses.IsInUnicode9(c))
        {
            return Any;
        }

        var script = UnicodeClasses.Script(c);
        return script == Hiragana || script == Katakana ? Han : script;
    }
}
