using System.Text;
using Studio.Training.Tokenizers.Decoders;
using Studio.Training.Tokenizers.Normalizers;
using Studio.Training.Tokenizers.Texts;

namespace Studio.Training.Tokenizers.SentencePiece;

/// <summary>A SentencePiece model (Kudo and Richardson 2018): normalisation, segmentation, byte pieces for what is unknown, and decoding.</summary>
internal sealed class SentencePieceEngine : TokenizerEngine
{
    private readonly SentencePieceModel model;
    private readonly PieceTable table;
    private readonly SentenceNormalizer normalizer;
    private readonly PieceSegmenter segmenter;

    public SentencePieceEngine(SentencePieceModel model, string file)
    {
        this.model = model;
        table = new PieceTable(model.Pieces);
        CharacterMap? map = null;
        if (model.CharacterMap.Length > 0)
        {
            try
            {
                map = CharacterMap.Parse(model.CharacterMap);
            }
            catch (FormatException exception)
            {
                throw new TokenizerFormatException(file, "normalizer_spec.precompiled_charsmap", exception.Message, exception);
            }
        }

        normalizer = new SentenceNormalizer(map, table.UserDefined, model.AddDummyPrefix, model.RemoveExtraSpaces, model.EscapeSpaces, model.SpaceAsSuffix);
        segmenter = model.ModelKind switch
        {
            SentencePieceModel.Kind.Unigram => new UnigramSegmenter(table),
            SentencePieceModel.Kind.BytePairs => new MergeSegmenter(table),
            var kind => new UnitSegmenter(table, kind == SentencePieceModel.Kind.Word),
        };
    }

    /// <summary>Tokens of the configuration beside the model, with the ids it gives them; they are cut out first.</summary>
    public AddedTokens? Added { get; init; }

    /// <summary>Tokens in front of and behind a text, as the configuration says.</summary>
    public IReadOnlyList<int> Begin { get; init; } = [];

    public IReadOnlyList<int> End { get; init; } = [];

    /// <summary>False where only the first stretch of a text gets the blank in front.</summary>
    public bool PrefixEveryStretch { get; init; } = true;

    public override int Count => model.Pieces.Count + (Added?.All.Count(token => token.Id >= model.Pieces.Count) ?? 0);

    public override int Size => Math.Max(model.Pieces.Count, Added?.All.Select(token => token.Id + 1).DefaultIfEmpty(0).Max() ?? 0);

    public override int? IdOf(string token) => Added?.IdOf(token) ?? table.Find(token);

    public override string? TokenOf(int id) => Added?.TokenOf(id) ?? ((uint)id < (uint)model.Pieces.Count ? model.Pieces[id].Text : null);

    public override bool IsSpecial(int id) => Added?.TokenOf(id) is { } token ? Added.IsSpecial(token) : (uint)id < (uint)model.Pieces.Count && model.Pieces[id].Type == PieceType.Control;

    public override bool DecodesToNothing(int id, bool skipSpecialTokens) => TokenOf(id) is null || skipSpecialTokens && IsSpecial(id);

    public override IReadOnlyList<Encoding> Encode(IReadOnlyList<(string Text, string? Pair)> batch, bool addSpecialTokens, bool parseSpecialTokens) =>
        [.. batch.Select(item => Encode(item.Text, item.Pair, addSpecialTokens, parseSpecialTokens).ToEncoding())];

    private Encoded Encode(string text, string? pair, bool addSpecialTokens, bool parseSpecialTokens)
    {
        var parts = new List<Encoded>();
        foreach (var (sequence, source) in (IEnumerable<(int, string)>)(pair is null ? [(0, text)] : [(0, text), (1, pair)]))
        {
            var encoded = new Encoded();
            if (addSpecialTokens)
            {
                Frame(encoded, Begin, sequence);
            }

            var start = encoded.Length;
            Tokenize(CodePoints.Of(source), encoded, sequence, parseSpecialTokens);
            encoded.Sequences[sequence] = (start, encoded.Length);
            if (addSpecialTokens)
            {
                Frame(encoded, End, sequence);
            }

            parts.Add(encoded);
        }

        return parts.Count == 1 ? parts[0] : Encoded.Merge(parts);
    }

    private void Frame(Encoded encoded, IReadOnlyList<int> ids, int sequence)
    {
        foreach (var id in ids)
        {
            encoded.Add(id, TokenOf(id) ?? "", (0, 0), null, sequence, special: true);
        }
    }

    private void Tokenize(int[] text, Encoded encoded, int sequence, bool parseSpecialTokens)
    {
        if (Added is null)
        {
            Stretch(text, 0, encoded, sequence, true);
            return;
        }

        var first = true;
        foreach (var piece in Added.Cut(new NormalizedText(text), parseSpecialTokens))
        {
            if (piece.IsToken)
            {
                encoded.Add(piece.TokenId, CodePoints.ToText(piece.Span), (piece.Start, piece.Start + piece.Length), encoded.Length, sequence);
            }
            else
            {
                Stretch(piece.Span, piece.Start, encoded, sequence, first || PrefixEveryStretch);
            }

            first = false;
        }
    }

    private void Stretch(ReadOnlySpan<int> text, int origin, Encoded encoded, int sequence, bool dummyPrefix)
    {
        var (normalized, places) = normalizer.Normalize(text, dummyPrefix);
        var afterUnknown = false;
        Span<byte> bytes = stackalloc byte[4];
        foreach (var (start, end, id) in segmenter.Segment(normalized))
        {
            var unknown = id == table.UnknownId;
            var range = (Start: origin + places[start], End: origin + places[end]);
            if (unknown && model.ByteFallback)
            {
                for (var i = start; i < end; i++)
                {
                    var count = CodePoints.Utf8(normalized[i], bytes);
                    for (var k = 0; k < count; k++)
                    {
                        // The last byte piece holds the range, as only there the character is whole.
                        var last = i == end - 1 && k == count - 1;
                        var byteId = table.Bytes[bytes[k]] >= 0 ? table.Bytes[bytes[k]] : table.UnknownId;
                        encoded.Add(byteId, $"<0x{bytes[k]:X2}>", (range.Start, last ? range.End : range.Start), encoded.Length, sequence);
                    }
                }
            }
            else if (unknown && afterUnknown)
            {
                // What is unknown in a row is one token.
                encoded.Tokens[^1] += CodePoints.ToText(normalized.AsSpan(start, end - start));
                encoded.Offsets[^1] = (encoded.Offsets[^1].Start, range.End);
            }
            else
            {
                encoded.Add(id, CodePoints.ToText(normalized.AsSpan(start, end - start)), range, encoded.Length, sequence);
            }

            afterUnknown = unknown;
        }
    }

    public override string Decode(IReadOnlyList<int> ids, bool skipSpecialTokens)
    {
        var text = new StringBuilder();
        var run = new List<byte>();
        var atStart = true;
        var blankTaken = false;
        foreach (var id in ids)
        {
            if (DecodesToNothing(id, skipSpecialTokens))
            {
                continue;
            }

            var added = Added?.TokenOf(id);
            var piece = added ?? model.Pieces[id].Text;
            if (added is null && model.Pieces[id].Type == PieceType.Byte && ByteFallbackDecoder.ByteOf(piece) is { } value)
            {
                run.Add(value);
                continue;
            }

            Flush(run, text);
            atStart &= !blankTaken && text.Length == 0;
            blankTaken = false;
            if (added is not null || model.Pieces[id].Type == PieceType.Control)
            {
                text.Append(piece);
            }
            else if (id == table.UnknownId)
            {
                text.Append(model.UnknownSurface);
            }
            else
            {
                if (atStart && (model.AddDummyPrefix || model.RemoveExtraSpaces) && piece[0] == SentenceNormalizer.Space)
                {
                    piece = piece[1..];
                    blankTaken = !model.RemoveExtraSpaces;
                }

                text.Append(piece.Replace((char)SentenceNormalizer.Space, ' '));
            }
        }

        Flush(run, text);
        return text.ToString();
    }

    private static void Flush(List<byte> run, StringBuilder text)
    {
        var bytes = run.ToArray().AsSpan();
        while (bytes.Length > 0)
        {
            if (Rune.DecodeFromUtf8(bytes, out var rune, out var consumed) == System.Buffers.OperationStatus.Done)
            {
                text.Append(rune.ToString());
                bytes = bytes[consumed..];
            }
            else
            {
                text.Append('\uFFFD');
                bytes = bytes[1..];
            }
        }

        run.Clear();
    }
}
