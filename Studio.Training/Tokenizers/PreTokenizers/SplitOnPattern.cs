using Studio.Training.Tokenizers.Patterns;
using Studio.Training.Tokenizers.Texts;

namespace Studio.Training.Tokenizers.PreTokenizers;

/// <summary>Splits at a pattern, at punctuation, at digits or at blanks.</summary>
internal sealed class SplitOnPattern(Splitter splitter) : PreTokenizer
{
    public static SplitOnPattern Read(JsonField field) =>
        new(new Splitter(PatternField.Read(field.Required("pattern")), Behavior(field.Required("behavior")), field["invert"].AsBool(false)));

    public static SplitOnPattern ReadPunctuation(JsonField field)
    {
        var behavior = field["behavior"];
        return new(new Splitter(Pattern.OfCodePoints(UnicodeClasses.IsPunctuationOrAsciiSymbol), behavior.IsNull ? SplitBehavior.Isolated : Behavior(behavior)));
    }

    public static SplitOnPattern ReadDigits(JsonField field) =>
        new(new Splitter(Pattern.OfCodePoints(UnicodeClasses.IsNumber), field["individual_digits"].AsBool(false) ? SplitBehavior.Isolated : SplitBehavior.Contiguous));

    public static SplitOnPattern OnWhiteSpace() => new(new Splitter(Pattern.OfCodePoints(UnicodeClasses.IsWhiteSpace), SplitBehavior.Removed));

    public static SplitOnPattern ReadDelimiter(JsonField field)
    {
        var delimiter = field.Required("delimiter").AsCodePoint();
        return new(new Splitter(Pattern.OfCodePoints(c => c == delimiter), SplitBehavior.Removed));
    }

    public override List<Piece> Split(List<Piece> pieces) => splitter.SplitAll(pieces);

    private static SplitBehavior Behavior(JsonField field) =>
        Enum.TryParse<SplitBehavior>(field.AsString(), out var behavior) && Enum.IsDefined(behavior) && !char.IsAsciiDigit(field.AsString()[0])
            ? behavior
            : throw field.Error($"unknown behavior '{field.AsString()}'");
}
