namespace Studio.Training.Templates.Jinja;

/// <summary>Walks the tokens of a template.</summary>
internal sealed class TokenStream(List<Token> tokens)
{
    private int place;

    public Token Current => tokens[place];

    public Token Ahead => tokens[Math.Min(place + 1, tokens.Count - 1)];

    public Token Take()
    {
        var token = tokens[place];
        place = Math.Min(place + 1, tokens.Count - 1);
        return token;
    }

    public bool SkipName(string name) => Skip(Current.IsName(name));

    public bool SkipOperator(string sign) => Skip(Current.IsOperator(sign));

    public Token ExpectName(string? name = null) => Current.Kind == TokenKind.Name && (name is null || Current.Text == name) ? Take() : throw Unexpected(name ?? "name");

    public Token ExpectOperator(string sign) => Current.IsOperator(sign) ? Take() : throw Unexpected(sign);

    public Token Expect(TokenKind kind) => Current.Kind == kind ? Take() : throw Unexpected(new Token(kind, "", null, 0).Description);

    public TemplateException Unexpected(string expected) => TemplateException.Syntax(
        Current.Kind == TokenKind.End ? $"unexpected end of template, expected '{expected}'." : $"expected token '{expected}', got '{Current.Description}'",
        Current.Line);

    private bool Skip(bool matches)
    {
        if (matches)
        {
            Take();
        }

        return matches;
    }
}
