using System.Globalization;
using Studio.Training.Tokenizers.Models;
using Studio.Training.Tokenizers.SentencePiece;
using Studio.Training.Tokenizers.Texts;

namespace Studio.Training.Tokenizers.Gguf;

/// <summary>llama.cpp's SPM: merging by score over every token of the vocabulary whatever its type; bytes for what is left.</summary>
internal sealed class GgufSentencePiece : GgufSegmenter
{
    private readonly GgufVocabulary vocabulary;
    private readonly bool addSpacePrefix;
    private readonly MergeSegmenter segmenter;
    private readonly int[] bytes = new int[256];

    public GgufSentencePiece(GgufVocabulary vocabulary, bool addSpacePrefix)
    {
        this.vocabulary = vocabulary;
        this.addSpacePrefix = addSpacePrefix;
        var pieces = vocabulary.Tokens.Select((token, id) => new SentencePieceModel.Piece(token, vocabulary.Scores[id], PieceType.Normal)).ToList();
        segmenter = new MergeSegmenter(new PieceTable(pieces), freezeUserDefined: false);
        for (var b = 0; b < 256; b++)
        {
            bytes[b] = vocabulary.IdOf(string.Create(CultureInfo.InvariantCulture, $"<0x{b:X2}>")) ?? (b < 128 ? vocabulary.IdOf(((char)b).ToString()) : null) ?? -1;
        }
    }

    public override void Segment(ReadOnlySpan<int> text, bool afterSpecial, List<ModelToken> output)
    {
        var prefix = addSpacePrefix && afterSpecial ? 1 : 0;
        var escaped = new int[text.Length + prefix];
        text.CopyTo(escaped.AsSpan(prefix));
        if (prefix > 0)
        {
            escaped[0] = ' ';
        }

        escaped.AsSpan().Replace(' ', SentenceNormalizer.Space);
        foreach (var (start, end, id) in segmenter.Segment(escaped))
        {
            // The space in front takes the range of the first code point.
            var range = (Start: Math.Max(0, start - prefix), End: Math.Max(end - prefix, Math.Min(1, text.Length)));
            if (id >= 0)
            {
                output.Add(new ModelToken(id, vocabulary.Tokens[id], range.Start, range.End));
                continue;
            }

            foreach (var b in CodePoints.Utf8(escaped.AsSpan(start, end - start)))
            {
                if (bytes[b] >= 0)
                {
                    output.Add(new ModelToken(bytes[b], vocabulary.Tokens[bytes[b]], range.Start, range.End));
                }
            }
        }
    }
}
