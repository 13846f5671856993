namespace Studio.Training.Tokenizers.SentencePiece;

/// <summary>A way to cut a normalised sentence into pieces.</summary>
internal abstract class PieceSegmenter
{
    /// <summary>Ranges of code points and their ids; the unknown id where a range is no piece.</summary>
    public abstract List<(int Start, int End, int Id)> Segment(ReadOnlySpan<int> text);
}
