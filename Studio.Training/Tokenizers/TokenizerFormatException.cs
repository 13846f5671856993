namespace Studio.Training.Tokenizers;

/// <summary>A tokenizer file that cannot be used; the message names the file, the field and what is wrong with it.</summary>
public sealed class TokenizerFormatException : Exception
{
    public TokenizerFormatException(string file, string field, string problem, Exception? inner = null)
        : base(field.Length == 0 ? $"{file}: {problem}" : $"{file}: {field}: {problem}", inner)
    {
        File = file;
        Field = field;
        Problem = problem;
    }

    /// <summary>The file as the caller named it.</summary>
    public string File { get; }

    /// <summary>Dotted path of the field, such as <c>model.merges[17]</c>; empty when the file as a whole is meant.</summary>
    public string Field { get; }

    public string Problem { get; }
}
