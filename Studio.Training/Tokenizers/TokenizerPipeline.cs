using Studio.Training.Tokenizers.Decoders;
using Studio.Training.Tokenizers.Models;
using Studio.Training.Tokenizers.Normalizers;
using Studio.Training.Tokenizers.PostProcessors;
using Studio.Training.Tokenizers.PreTokenizers;
using Studio.Training.Tokenizers.Texts;

namespace Studio.Training.Tokenizers;

/// <summary>
/// The pipeline of a tokenizer.json: added tokens are cut out, what is between is normalised and split, the model turns pieces into tokens, truncation, template and padding follow.
/// </summary>
internal sealed class TokenizerPipeline(TokenModel model, AddedTokens added) : TokenizerEngine
{
    public Normalizer? Normalizer { get; init; }

    public PreTokenizer? PreTokenizer { get; init; }

    public PostProcessor? PostProcessor { get; init; }

    public Decoder? Decoder { get; init; }

    public Truncation? Truncation { get; init; }

    public Padding? Padding { get; init; }

    public override TokenizerEngine Uncut => Truncation is null && Padding is null ? this : new TokenizerPipeline(model, added)
    {
        Normalizer = Normalizer,
        PreTokenizer = PreTokenizer,
        PostProcessor = PostProcessor,
        Decoder = Decoder,
    };

    public override int Count { get; } = model.Vocabulary.Count + added.All.Count(token => model.Vocabulary.IdOf(token.Token.Content) is null);

    public override int Size { get; } = Math.Max(model.Vocabulary.Size, added.All.Select(token => token.Id + 1).DefaultIfEmpty(0).Max());

    public override int? IdOf(string token) => added.IdOf(token) ?? model.Vocabulary.IdOf(token);

    public override string? TokenOf(int id) => added.TokenOf(id) ?? model.Vocabulary.TokenOf(id);

    public override bool IsSpecial(int id) => TokenOf(id) is { } token && added.IsSpecial(token);

    /// <summary>Reads the whole file.</summary>
    public static TokenizerPipeline Read(JsonField root)
    {
        if (!root.IsObject)
        {
            throw root.Error("an object is expected");
        }

        var model = TokenModel.Of(root.Required("model"));
        var normalizer = Normalizer.Of(root["normalizer"]);
        var list = root["added_tokens"];
        var added = list.IsNull ? [] : list.Items().Select(AddedToken.Read).ToList();
        return new TokenizerPipeline(model, new AddedTokens(added, model.Vocabulary, normalizer))
        {
            Normalizer = normalizer,
            PreTokenizer = PreTokenizer.Of(root["pre_tokenizer"]),
            PostProcessor = PostProcessor.Of(root["post_processor"]),
            Decoder = Decoder.Of(root["decoder"]),
            Truncation = Truncation.Read(root["truncation"]),
            Padding = Padding.Read(root["padding"]),
        };
    }

    public override IReadOnlyList<Encoding> Encode(IReadOnlyList<(string Text, string? Pair)> batch, bool addSpecialTokens, bool parseSpecialTokens)
    {
        var encoded = new Encoded[batch.Count];
        for (var i = 0; i < batch.Count; i++)
        {
            encoded[i] = Encode(batch[i].Text, batch[i].Pair, addSpecialTokens, parseSpecialTokens);
        }

        Padding?.Apply(encoded);
        return [.. encoded.Select(one => one.ToEncoding())];
    }

    private Encoded Encode(string text, string? pair, bool addSpecialTokens, bool parseSpecialTokens)
    {
        var first = Tokenize(text, 0, parseSpecialTokens);
        var second = pair is null ? null : Tokenize(pair, 1, parseSpecialTokens);
        if (Truncation is not null)
        {
            (first, second) = Truncation.Cut(first, second, addSpecialTokens ? PostProcessor?.Added(pair is not null) ?? 0 : 0);
        }

        var parts = second is null ? new List<Encoded> { first } : [first, second];
        for (var i = 0; i < parts.Count; i++)
        {
            parts[i].SetSequence(i);
            parts[i].SetTypeIds(i);
            foreach (var part in parts[i].Overflowing)
            {
                part.SetSequence(i);
                part.SetTypeIds(i);
            }
        }

        if (PostProcessor is not null)
        {
            parts = PostProcessor.Process(parts, addSpecialTokens);
        }

        return parts.Count == 1 ? parts[0] : Encoded.Merge(parts);
    }

    private Encoded Tokenize(string text, int typeId, bool parseSpecialTokens)
    {
        var pieces = added.Cut(new NormalizedText(CodePoints.Of(text)), parseSpecialTokens);
        if (PreTokenizer is not null)
        {
            pieces = PreTokenizer.Split(pieces);
        }

        var encoded = new Encoded();
        for (var word = 0; word < pieces.Count; word++)
        {
            var piece = pieces[word];
            if (piece.IsToken)
            {
                encoded.Add(piece.TokenId, CodePoints.ToText(piece.Span), Range(piece, 0, piece.Length), word, typeId);
                continue;
            }

            foreach (var token in model.Tokenize(piece.Span))
            {
                encoded.Add(token.Id, token.Text, Range(piece, token.Start, token.End), word, typeId);
            }
        }

        return encoded;
    }

    private static (int Start, int End) Range(Piece piece, int start, int end) => end > start
        ? (piece.Text.StartOf(piece.Start + start), piece.Text.EndOf(piece.Start + end - 1))
        : (piece.Text.Origin + start, piece.Text.Origin + end);

    // Whether a token is skipped goes by what it decodes to: a special token that normalisation changes is not.
    private string? Decoded(int id, bool skipSpecialTokens) => (added.DecodedOf(id) ?? model.Vocabulary.TokenOf(id)) is { } token && !(skipSpecialTokens && added.IsSpecial(token)) ? token : null;

    public override bool DecodesToNothing(int id, bool skipSpecialTokens) => Decoded(id, skipSpecialTokens) is null;

    public override string Decode(IReadOnlyList<int> ids, bool skipSpecialTokens)
    {
        var tokens = new List<string>(ids.Count);
        foreach (var id in ids)
        {
            if (Decoded(id, skipSpecialTokens) is { } token)
            {
                tokens.Add(token);
            }
        }

        return Decoder is null ? string.Join(' ', tokens) : string.Concat(Decoder.Decode(tokens));
    }
}
