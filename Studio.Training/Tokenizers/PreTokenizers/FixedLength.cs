namespace Studio.Training.Tokenizers.PreTokenizers;

/// <summary>Pieces of a fixed number of code points.</summary>
internal sealed class FixedLength(int length) : PreTokenizer
{
    public override List<Piece> Split(List<Piece> pieces)
    {
        var output = new List<Piece>();
        foreach (var piece in pieces)
        {
            if (piece.IsToken || length == 0)
            {
                output.Add(piece);
                continue;
            }

            for (var at = 0; at < piece.Length; at += length)
            {
                output.Add(piece with { Start = piece.Start + at, Length = Math.Min(length, piece.Length - at) });
            }
        }

        return output;
    }
}
