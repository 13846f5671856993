using System.Text;
using Studio.Training.Tokenizers;

namespace Studio.Training.Generation;

/// <summary>Turns tokens into text that can be shown: holds back incomplete characters and beginnings of stop strings, and cuts at a stop string.</summary>
internal sealed class TextAssembler(Tokenizer tokenizer, IReadOnlyList<string> stops, bool skipSpecialTokens)
{
    private readonly StreamDecoder _decoder = tokenizer.CreateStreamDecoder(skipSpecialTokens);
    private readonly StopStrings _stops = new(stops);
    private readonly StringBuilder _text = new();
    private int _released;

    /// <summary>All text so far, without what a stop string cut off.</summary>
    public string Text => _text.ToString();

    public bool Stopped { get; private set; }

    /// <summary>Adds a token; returns the text that became certain.</summary>
    public string Add(int id) => Release(_decoder.Add(id) ?? "", final: false);

    /// <summary>Ends the text; returns what was held back.</summary>
    public string Finish() => Stopped ? "" : Release("", final: true);

    private string Release(string piece, bool final)
    {
        _text.Append(piece);
        var hold = 0;
        if (stops.Count > 0)
        {
            var text = _text.ToString();
            if (piece.Length > 0 && _stops.Find(text, piece.Length) is >= 0 and var at)
            {
                Stopped = true;
                _text.Length = at;
            }
            else if (!final)
            {
                hold = _stops.HeldBack(text);
            }
        }

        var end = Math.Max(_released, _text.Length - hold);
        var certain = _text.ToString(_released, end - _released);
        _released = end;
        return certain;
    }
}
