using System.Globalization;
using System.Text;
using Studio.Training.Tokenizers.Models;
using Studio.Training.Tokenizers.SentencePiece;
using Studio.Training.Tokenizers.Texts;

namespace Studio.Training.Tokenizers.Gguf;

/// <summary>llama.cpp's WordPiece: words lower-cased and without accents, ▁ in front, the longest token again and again; a word that does not come out is unknown as a whole.</summary>
internal sealed class GgufWordPiece : GgufSegmenter
{
    private readonly GgufVocabulary vocabulary;
    private readonly int unknownId;
    private readonly bool lowercase;
    private readonly bool stripAccents;
    private readonly Trie tokens = new();

    public GgufWordPiece(GgufVocabulary vocabulary, int unknownId, bool lowercase, bool stripAccents)
    {
        this.vocabulary = vocabulary;
        this.unknownId = unknownId;
        this.lowercase = lowercase;
        this.stripAccents = stripAccents;
        for (var id = 0; id < vocabulary.Tokens.Length; id++)
        {
            tokens.Add(CodePoints.Of(vocabulary.Tokens[id]), id);
        }
    }

    public override void Segment(ReadOnlySpan<int> text, bool afterSpecial, List<ModelToken> output)
    {
        var word = new List<int>();
        var places = new List<int>();
        for (var i = 0; i < text.Length; i++)
        {
            var c = stripAccents ? Base(text[i]) : text[i];
            if (UnicodeClasses.IsWhiteSpace(c))
            {
                Flush();
                continue;
            }

            if (c is 0 or 0xFFFD || UnicodeClasses.Category(c) is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.PrivateUse or UnicodeCategory.Surrogate || stripAccents && UnicodeClasses.IsMark(c))
            {
                continue;
            }

            var alone = UnicodeClasses.IsPunctuation(c) || c < 0x7F && UnicodeClasses.IsSymbol(c) || IsChinese(c);
            if (alone)
            {
                Flush();
            }

            word.Add(lowercase ? c == 0x130 ? 'i' : CaseFolding.Lower(c) : c);
            places.Add(i);
            if (alone)
            {
                Flush();
            }
        }

        Flush();

        void Flush()
        {
            if (word.Count > 0)
            {
                AddWord(word, places, output);
                word.Clear();
                places.Clear();
            }
        }
    }

    private void AddWord(List<int> word, List<int> places, List<ModelToken> output)
    {
        // The ▁ in front belongs to the first code point.
        int[] spelled = [SentenceNormalizer.Space, .. word];
        var first = output.Count;
        for (var start = 0; start < spelled.Length;)
        {
            var (id, end) = (-1, start);
            var node = Trie.Root;
            for (var i = start; i < spelled.Length && (node = tokens.Next(node, spelled[i])) >= 0; i++)
            {
                if (tokens.ValueOf(node) is >= 0 and var found)
                {
                    (id, end) = (found, i + 1);
                }
            }

            if (id < 0)
            {
                output.RemoveRange(first, output.Count - first);
                break;
            }

            output.Add(new ModelToken(id, vocabulary.Tokens[id], places[Math.Max(0, start - 1)], places[Math.Max(0, end - 2)] + 1));
            start = end;
        }

        if (output.Count == first)
        {
            output.Add(new ModelToken(unknownId, vocabulary.Tokens[unknownId], places[0], places[^1] + 1));
        }
    }

    /// <summary>The first code point of the canonical decomposition.</summary>
    private static int Base(int c)
    {
        if (c < 0xC0 || c is >= 0xD800 and < 0xE000 or >= 0xFDD0 and <= 0xFDEF || (c & 0xFFFE) == 0xFFFE)
        {
            return c;
        }

        var decomposed = char.ConvertFromUtf32(c).Normalize(NormalizationForm.FormD);
        return char.ConvertToUtf32(decomposed, 0);
    }

    private static bool IsChinese(int c) => c is >= 0x4E00 and <= 0x9FFF or >= 0x3400 and <= 0x4DBF or >= 0x20000 and <= 0x2A6DF or >= 0x2A700 and <= 0x2B73F
        or >= 0x2B740 and <= 0x2B81F or >= 0x2B920 and <= 0x2CEAF or >= 0xF900 and <= 0xFAFF or >= 0x2F800 and <= 0x2FA1F;
}
