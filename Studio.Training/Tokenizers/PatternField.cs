using Studio.Training.Tokenizers.Patterns;

namespace Studio.Training.Tokenizers;

/// <summary>Reads the <c>pattern</c> of a tokenizer.json: <c>{"String": ...}</c> or <c>{"Regex": ...}</c>.</summary>
internal static class PatternField
{
    public static Pattern Read(JsonField field)
    {
        var text = field["String"];
        if (!text.IsNull)
        {
            return Pattern.OfText(text.AsString());
        }

        var regex = field.Required("Regex");
        try
        {
            return Pattern.OfRegex(regex.AsString());
        }
        catch (FormatException exception)
        {
            throw new TokenizerFormatException(regex.File, regex.Path, exception.Message, exception);
        }
    }
}
