namespace Studio.Training.Templates.Jinja;

/// <summary>Parses the tags that name another template. Chat templates stand alone, so what they load is refused when it is rendered.</summary>
internal sealed class LoadParser(TokenStream tokens, ExpressionParser expressions)
{
    public LoadStatement ParseExtends(int line) => new(line, expressions.Parse());

    public LoadStatement ParseInclude(int line)
    {
        var template = expressions.Parse();
        if (tokens.Current.IsName("ignore") && tokens.Ahead.IsName("missing"))
        {
            tokens.Take();
            tokens.Take();
        }

        SkipContext();
        return new LoadStatement(line, template);
    }

    public LoadStatement ParseImport(int line)
    {
        var template = expressions.Parse();
        tokens.ExpectName("as");
        expressions.ParseTargetName();
        SkipContext();
        return new LoadStatement(line, template);
    }

    public LoadStatement ParseFrom(int line)
    {
        var template = expressions.Parse();
        tokens.ExpectName("import");
        do
        {
            if (SkipContext())
            {
                break;
            }

            var name = expressions.ParseTargetName();
            if (name.StartsWith('_'))
            {
                throw TemplateException.Assertion("names starting with an underline can not be imported", line);
            }

            if (tokens.SkipName("as"))
            {
                expressions.ParseTargetName();
            }

            if (SkipContext())
            {
                break;
            }
        }
        while (tokens.SkipOperator(","));
        return new LoadStatement(line, template);
    }

    private bool SkipContext()
    {
        if (!(tokens.Current.IsName("with") || tokens.Current.IsName("without")) || !tokens.Ahead.IsName("context"))
        {
            return false;
        }

        tokens.Take();
        tokens.Take();
        return true;
    }
}
