using Studio.Training.Tokenizers.Models;

namespace Studio.Training.Tokenizers.Gguf;

/// <summary>One of llama.cpp's tokenizer kinds: turns a stretch of text between special tokens into tokens.</summary>
internal abstract class GgufSegmenter
{
    /// <summary>Adds the tokens of a stretch; ranges are in code points of the stretch.</summary>
    /// <param name="afterSpecial">True at the begin of the text and behind a special token.</param>
    public abstract void Segment(ReadOnlySpan<int> text, bool afterSpecial, List<ModelToken> output);
}
