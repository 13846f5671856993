using System.Globalization;
using Studio.Training.Tokenizers.Texts;

namespace Studio.Training.Tokenizers.Normalizers;

/// <summary>BERT's clean-up (Devlin et al. 2018): control characters go, blanks become spaces, Chinese characters stand alone, accents and capitals go.</summary>
internal sealed class Bert(bool cleanText, bool handleChinese, bool stripAccents, bool lowercase) : Normalizer
{
    private static readonly UnicodeForm Decomposed = new(compatibility: false, compose: false);
    private static readonly Lowercase Lower = new();

    public static Bert Read(JsonField field)
    {
        var lowercase = field["lowercase"].AsBool(true);
        return new(field["clean_text"].AsBool(true), field["handle_chinese_chars"].AsBool(true), field["strip_accents"].AsOptionalBool() ?? lowercase, lowercase);
    }

    public override NormalizedText Normalize(NormalizedText text)
    {
        if (cleanText)
        {
            text = text.Filter(c => c is not (0 or 0xFFFD) && !IsControl(c)).Map(c => UnicodeClasses.IsWhiteSpace(c) ? ' ' : c);
        }

        if (handleChinese && Array.Exists(text.CodePoints, IsChinese))
        {
            var change = new NormalizedText.Change(text, text.Length * 3);
            foreach (var c in text.CodePoints)
            {
                if (IsChinese(c))
                {
                    change.Add(' ', 0);
                    change.Add(c, 1);
                    change.Add(' ', 1);
                }
                else
                {
                    change.Add(c, 0);
                }
            }

            text = change.Done();
        }

        if (stripAccents)
        {
            text = Decomposed.Normalize(text).Filter(c => !(UnicodeClasses.IsNonSpacingMark(c) && UnicodeClasses.IsInUnicode9(c)));
        }

        return lowercase ? Lower.Normalize(text) : text;
    }

    private static bool IsControl(int c) => c is not ('\t' or '\n' or '\r')
        && UnicodeClasses.Category(c) is (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.PrivateUse or UnicodeCategory.Surrogate) && UnicodeClasses.IsInUnicode9(c);

    private static bool IsChinese(int c) => c is >= 0x4E00 and <= 0x9FFF or >= 0x3400 and <= 0x4DBF or >= 0x20000 and <= 0x2A6DF or >= 0x2A700 and <= 0x2B73F
        or >= 0x2B740 and <= 0x2B81F or >= 0x2B920 and <= 0x2CEAF or >= 0xF900 and <= 0xFAFF or >= 0x2F800 and <= 0x2FA1F;
}
