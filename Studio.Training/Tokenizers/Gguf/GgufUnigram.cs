using Studio.Training.Tokenizers.Models;
using Studio.Training.Tokenizers.Normalizers;
using Studio.Training.Tokenizers.SentencePiece;
using Studio.Training.Tokenizers.Texts;

namespace Studio.Training.Tokenizers.Gguf;

/// <summary>llama.cpp's unigram model. It works on bytes, and its test for user-defined tokens takes a mere beginning of one, which can cut a character in two.</summary>
internal sealed class GgufUnigram : GgufSegmenter
{
    private const double UnknownPenalty = 10;
    private static readonly byte[] Space = [0xE2, 0x96, 0x81];
    private static readonly byte[] Replacement = [0xEF, 0xBF, 0xBD];
    private readonly GgufVocabulary vocabulary;
    private readonly CharacterMap? map;
    private readonly bool addSpacePrefix;
    private readonly bool removeExtraSpaces;
    private readonly int unknownId;
    private readonly Trie tokens = new();
    private readonly Trie userDefined = new();
    private readonly double unknownScore;

    public GgufUnigram(GgufVocabulary vocabulary, CharacterMap? map, bool addSpacePrefix, bool removeExtraSpaces, int unknownId)
    {
        this.vocabulary = vocabulary;
        this.map = map;
        this.addSpacePrefix = addSpacePrefix;
        this.removeExtraSpaces = removeExtraSpaces;
        this.unknownId = unknownId;
        var worst = float.MaxValue;
        for (var id = 0; id < vocabulary.Tokens.Length; id++)
        {
            var key = Array.ConvertAll(System.Text.Encoding.UTF8.GetBytes(vocabulary.Tokens[id]), b => (int)b);
            var type = vocabulary.Types[id];
            if (type == PieceType.Normal)
            {
                worst = Math.Min(worst, vocabulary.Scores[id]);
            }

            if (type is PieceType.Normal or PieceType.UserDefined or PieceType.Unused)
            {
                tokens.Add(key, id);
            }

            if (type == PieceType.UserDefined)
            {
                userDefined.Add(key, id);
            }
        }

        unknownScore = (float)(worst - UnknownPenalty);
    }

    public override void Segment(ReadOnlySpan<int> text, bool afterSpecial, List<ModelToken> output)
    {
        var (bytes, places) = Normalize(text);
        if (bytes.Count == 0)
        {
            return;
        }

        var score = new double[bytes.Count + 1];
        var from = new int[bytes.Count + 1];
        var ids = new int[bytes.Count + 1];
        Array.Fill(score, double.MinValue);
        Array.Fill(ids, unknownId);
        score[0] = 0;
        for (var start = 0; start < bytes.Count;)
        {
            var width = Math.Min(Width(bytes[start]), bytes.Count - start);
            var single = false;
            var node = Trie.Root;
            for (var end = start; end < bytes.Count && (node = tokens.Next(node, bytes[end])) >= 0; end++)
            {
                if (tokens.ValueOf(node) is >= 0 and var id)
                {
                    single |= end + 1 - start == width;
                    Offer(start, end + 1, id, vocabulary.Types[id] == PieceType.UserDefined ? 0 : vocabulary.Scores[id]);
                }
            }

            if (!single)
            {
                Offer(start, start + width, unknownId, unknownScore);
            }

            start += width;
        }

        var cuts = new List<(int Start, int End, int Id)>();
        for (var end = bytes.Count; end > 0; end = from[end])
        {
            // Unknown tokens in a row are one.
            if (cuts.Count > 0 && ids[end] == unknownId && cuts[^1].Id == unknownId)
            {
                cuts[^1] = cuts[^1] with { Start = from[end] };
            }
            else
            {
                cuts.Add((from[end], end, ids[end]));
            }
        }

        for (var i = cuts.Count - 1; i >= 0; i--)
        {
            var (start, end, id) = cuts[i];
            output.Add(new ModelToken(id, vocabulary.Tokens[id], places[start].Start, places[end - 1].End));
        }

        void Offer(int start, int end, int id, double own)
        {
            if (score[start] + own > score[end])
            {
                score[end] = score[start] + own;
                from[end] = start;
                ids[end] = id;
            }
        }
    }

    private static int Width(byte first) => (first >> 4) switch { 12 or 13 => 2, 14 => 3, 15 => 4, _ => 1 };

    private (List<byte> Bytes, List<(int Start, int End)> Places) Normalize(ReadOnlySpan<int> text)
    {
        var input = CodePoints.Utf8(text);
        var owners = new int[input.Length + 1];
        var at = 0;
        for (var i = 0; i < text.Length; i++)
        {
            for (var k = CodePoints.Utf8Length(text[i]); k > 0; k--)
            {
                owners[at++] = i;
            }
        }

        owners[input.Length] = text.Length;
        var bytes = new List<byte>(input.Length * 2);
        var places = new List<(int, int)>(input.Length * 2);
        var prepended = false;
        var inWord = false;
        for (var offset = 0; offset < input.Length;)
        {
            var (replaced, consumed) = Prefix(input.AsSpan(offset));
            var range = (owners[offset], owners[offset + consumed - 1] + 1);
            foreach (var b in replaced)
            {
                if (b != ' ')
                {
                    if (!inWord)
                    {
                        inWord = true;
                        if (addSpacePrefix && !prepended || removeExtraSpaces)
                        {
                            Add(Space);
                            prepended = true;
                        }
                    }

                    bytes.Add(b);
                    places.Add(range);
                }
                else
                {
                    inWord = false;
                    if (!removeExtraSpaces)
                    {
                        Add(Space);
                    }
                }
            }

            offset += consumed;

            void Add(byte[] written)
            {
                foreach (var b in written)
                {
                    bytes.Add(b);
                    places.Add(range);
                }
            }
        }

        return (bytes, places);
    }

    private (byte[] Replaced, int Consumed) Prefix(ReadOnlySpan<byte> input)
    {
        var symbol = 0;
        for (var node = Trie.Root; symbol < input.Length && (node = userDefined.Next(node, input[symbol])) >= 0;)
        {
            symbol++;
        }

        if (symbol > 0)
        {
            return (input[..symbol].ToArray(), symbol);
        }

        if (map is not null)
        {
            var (matched, replacement) = map.Match(input, longest: true);
            if (matched > 0)
            {
                return (replacement.ToArray(), matched);
            }
        }

        var width = Width(input[0]);
        var valid = width <= input.Length && input[0] is < 0x80 or >= 0xC0;
        for (var k = 1; valid && k < width; k++)
        {
            valid = (input[k] & 0xC0) == 0x80;
        }

        return valid ? (input[..width].ToArray(), width) : (Replacement, 1);
    }
}
