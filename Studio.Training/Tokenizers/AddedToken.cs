namespace Studio.Training.Tokenizers;

/// <summary>
/// A token that is cut out of the text before anything else. <see cref="Normalized"/>: it is looked for after normalisation, itself normalised.
/// The strip flags take in the blanks beside it; <see cref="SingleWord"/> refuses it inside a word.
/// </summary>
internal sealed record AddedToken(string Content, bool SingleWord, bool LeftStrip, bool RightStrip, bool Normalized, bool Special)
{
    public static AddedToken Read(JsonField field)
    {
        var special = field["special"].AsBool(false);
        return new AddedToken(
            field.Required("content").AsString(),
            field["single_word"].AsBool(false),
            field["lstrip"].AsBool(false),
            field["rstrip"].AsBool(false),
            field["normalized"].AsBool(!special),
            special);
    }
}
