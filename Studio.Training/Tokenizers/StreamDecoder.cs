namespace Studio.Training.Tokenizers;

/// <summary>
/// Turns tokens into text as they come. Text is held back while it ends in U+FFFD, so that the bytes of an unfinished character are never shown; what is unfinished at the end is never shown.
/// </summary>
public sealed class StreamDecoder
{
    // A window of ids that grows until text comes out, then begins again with the ids of the last output: decoders look back no further.
    private readonly Tokenizer tokenizer;
    private readonly bool skipSpecialTokens;
    private readonly List<int> window = [];
    private string prefix = "";
    private int prefixIndex;

    internal StreamDecoder(Tokenizer tokenizer, bool skipSpecialTokens)
    {
        this.tokenizer = tokenizer;
        this.skipSpecialTokens = skipSpecialTokens;
    }

    /// <summary>Takes one token; returns the text that may be shown now, or null.</summary>
    public string? Add(int id)
    {
        if (prefix.Length == 0 && window.Count > 0)
        {
            var start = tokenizer.Decode(window, skipSpecialTokens);
            if (!Unfinished(start))
            {
                prefix = start;
                prefixIndex = window.Count;
            }
        }

        // What decodes to nothing need not be kept: a run of them would be decoded again and again.
        if (tokenizer.DecodesToNothing(id, skipSpecialTokens))
        {
            return null;
        }

        window.Add(id);
        var text = tokenizer.Decode(window, skipSpecialTokens);
        if (System.Text.Encoding.UTF8.GetByteCount(text) <= System.Text.Encoding.UTF8.GetByteCount(prefix) || Unfinished(text))
        {
            return null;
        }

        // A broken run of byte tokens can change text that was shown already: go on behind as much of it as there was.
        var shown = text.StartsWith(prefix, StringComparison.Ordinal) ? prefix.Length : Math.Min(prefix.Length, text.Length);
        if (shown < text.Length && char.IsLowSurrogate(text[shown]))
        {
            shown++;
        }

        var piece = text[shown..];
        var newIndex = window.Count - prefixIndex;
        window.RemoveRange(0, prefixIndex);
        prefix = tokenizer.Decode(window, skipSpecialTokens);
        prefixIndex = newIndex;
        return piece;
    }

    private static bool Unfinished(string text) => text.EndsWith('\uFFFD');
}
