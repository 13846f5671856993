using Studio.Training.Tokenizers.Models;
using Studio.Training.Tokenizers.Texts;

namespace Studio.Training.Tokenizers.SentencePiece;

/// <summary>The unigram language model (Kudo 2018) with SentencePiece's single-precision scores; user-defined symbols always win.</summary>
internal sealed class UnigramSegmenter : PieceSegmenter
{
    private const float UnknownPenalty = 10;
    private readonly PieceTable table;
    private readonly float worst;
    private readonly float best;

    public UnigramSegmenter(PieceTable table)
    {
        this.table = table;
        var scores = table.Pieces.Where(piece => piece.Type == PieceType.Normal).Select(piece => piece.Score).ToList();
        worst = scores.Count == 0 ? 0 : scores.Min();

        // The reference begins its maximum at the smallest positive number, so that it is never below zero.
        best = Math.Max(1.17549435e-38f, scores.Count == 0 ? 0 : scores.Max());
    }

    public override List<(int Start, int End, int Id)> Segment(ReadOnlySpan<int> text)
    {
        var score = new float[text.Length + 1];
        var from = new int[text.Length + 1];
        var ids = new int[text.Length + 1];
        Array.Fill(from, -1);
        var unknownScore = worst - UnknownPenalty;
        for (var start = 0; start < text.Length; start++)
        {
            var single = false;
            var node = Trie.Root;
            var bytes = 0;
            for (var end = start; end < text.Length && (node = table.Matchable.Next(node, text[end])) >= 0; end++)
            {
                bytes += CodePoints.Utf8Length(text[end]);
                var id = table.Matchable.ValueOf(node);
                if (id < 0 || table.Pieces[id].Type == PieceType.Unused)
                {
                    continue;
                }

                single |= end == start;
                var own = table.Pieces[id].Type == PieceType.UserDefined ? (float)(bytes * best - 0.1) : table.Pieces[id].Score;
                Offer(start, end + 1, id, own + score[start]);
            }

            if (!single)
            {
                Offer(start, start + 1, table.UnknownId, unknownScore + score[start]);
            }
        }

        var result = new List<(int, int, int)>();
        for (var end = text.Length; end > 0; end = from[end])
        {
            result.Add((from[end], end, ids[end]));
        }

        result.Reverse();
        return result;

        void Offer(int start, int end, int id, float candidate)
        {
            if (from[end] < 0 || candidate > score[end])
            {
                score[end] = candidate;
                from[end] = start;
                ids[end] = id;
            }
        }
    }
}
