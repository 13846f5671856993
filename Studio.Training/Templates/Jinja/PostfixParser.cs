namespace Studio.Training.Templates.Jinja;

/// <summary>Parses what follows an operand: attributes, subscripts, calls with their arguments, filters and tests.</summary>
internal sealed class PostfixParser(TokenStream tokens, NameUse uses, ExpressionParser expressions)
{
    /// <summary>An expression with its attributes, subscripts and calls.</summary>
    public Expression ParsePostfix(Expression node)
    {
        while (true)
        {
            if (tokens.Current.IsOperator("."))
            {
                tokens.Take();
                var token = tokens.Take();
                node = token.Kind == TokenKind.Name ? new AttributeExpression(node, token.Text)
                    : token is { Kind: TokenKind.Number, Value: not double } ? new ItemExpression(node, new Constant(token.Value))
                    : throw TemplateException.Syntax("expected name or number", token.Line);
            }
            else if (tokens.Current.IsOperator("["))
            {
                tokens.Take();
                node = ParseSubscript(node);
            }
            else if (tokens.Current.IsOperator("("))
            {
                node = new CallExpression(node, ParseArguments());
            }
            else
            {
                return node;
            }
        }
    }

    /// <summary>An expression with the filters and tests that follow it.</summary>
    public Expression ParseFilterOrTest(Expression node)
    {
        while (true)
        {
            if (tokens.Current.IsOperator("|"))
            {
                node = ParseFilters(node)!;
            }
            else if (tokens.Current.IsName("is"))
            {
                node = ParseTest(node);
            }
            else if (tokens.Current.IsOperator("("))
            {
                node = new CallExpression(node, ParseArguments());
            }
            else
            {
                return node;
            }
        }
    }

    /// <summary>Filters after a pipe; the first one without the pipe when <paramref name="inline"/>.</summary>
    public Expression? ParseFilters(Expression? operand, bool inline = false)
    {
        while (inline || tokens.Current.IsOperator("|"))
        {
            if (!inline)
            {
                tokens.Take();
            }

            inline = false;
            var (name, line) = ParseDottedName();
            var arguments = tokens.Current.IsOperator("(") ? ParseArguments() : ArgumentList.None;
            uses.Check(Filters.All.ContainsKey(name), $"No filter named '{name}'.", line);
            operand = new FilterExpression(name, operand ?? new CapturedText(), arguments);
        }

        return operand;
    }

    private Expression ParseTest(Expression operand)
    {
        tokens.Take();
        var negated = tokens.SkipName("not");
        var (name, line) = ParseDottedName();
        var current = tokens.Current;
        var arguments = ArgumentList.None;
        if (current.IsOperator("("))
        {
            arguments = ParseArguments();
        }
        else if ((current.Kind is TokenKind.Name or TokenKind.String or TokenKind.Number || current.IsOperator("[") || current.IsOperator("{"))
            && !(current.IsName("else") || current.IsName("or") || current.IsName("and")))
        {
            if (current.IsName("is"))
            {
                throw TemplateException.Syntax("You cannot chain multiple tests with is", current.Line);
            }

            arguments = new ArgumentList([ParsePostfix(expressions.ParsePrimary())], [], null, null);
        }

        uses.Check(Tests.All.ContainsKey(name), $"No test named '{name}'.", line);
        Expression test = new TestExpression(name, operand, arguments);
        return negated ? new NotExpression(test) : test;
    }

    private (string Name, int Line) ParseDottedName()
    {
        var token = tokens.ExpectName();
        var name = token.Text;
        while (tokens.SkipOperator("."))
        {
            name += "." + tokens.ExpectName().Text;
        }

        return (name, token.Line);
    }

    private Expression ParseSubscript(Expression owner)
    {
        var keys = new List<Expression>();
        while (!tokens.Current.IsOperator("]"))
        {
            if (keys.Count > 0)
            {
                tokens.ExpectOperator(",");
            }

            var start = tokens.Current.IsOperator(":") ? null : expressions.Parse();
            if (start is not null && !tokens.Current.IsOperator(":"))
            {
                keys.Add(start);
                continue;
            }

            tokens.ExpectOperator(":");
            var stop = EndsSlicePart() || tokens.Current.IsOperator(":") ? null : expressions.Parse();
            var step = tokens.SkipOperator(":") && !EndsSlicePart() ? expressions.Parse() : null;
            if (keys.Count == 0 && tokens.SkipOperator("]"))
            {
                return new SliceExpression(owner, start, stop, step);
            }

            keys.Add(new SliceInTuple());
        }

        tokens.Take();
        return new ItemExpression(owner, keys.Count == 1 ? keys[0] : new TupleExpression([.. keys]));

        bool EndsSlicePart() => tokens.Current.IsOperator("]") || tokens.Current.IsOperator(",");
    }

    private ArgumentList ParseArguments()
    {
        var line = tokens.ExpectOperator("(").Line;
        var positional = new List<Expression>();
        var keywords = new List<(string, Expression)>();
        Expression? more = null;
        Expression? moreKeywords = null;
        for (var first = true; !tokens.SkipOperator(")"); first = false)
        {
            if (!first)
            {
                tokens.ExpectOperator(",");
                if (tokens.SkipOperator(")"))
                {
                    break;
                }
            }

            if (tokens.Current.IsOperator("*"))
            {
                Ensure(more is null && moreKeywords is null);
                tokens.Take();
                more = expressions.Parse();
            }
            else if (tokens.Current.IsOperator("**"))
            {
                Ensure(moreKeywords is null);
                tokens.Take();
                moreKeywords = expressions.Parse();
            }
            else if (tokens.Current.Kind == TokenKind.Name && tokens.Ahead.IsOperator("="))
            {
                Ensure(moreKeywords is null);
                var name = tokens.Take().Text;
                tokens.Take();
                Ensure(!keywords.Exists(each => each.Item1 == name));
                keywords.Add((name, expressions.Parse()));
            }
            else
            {
                Ensure(more is null && moreKeywords is null && keywords.Count == 0);
                positional.Add(expressions.Parse());
            }
        }

        return positional.Count == 0 && keywords.Count == 0 && more is null && moreKeywords is null
            ? ArgumentList.None
            : new ArgumentList([.. positional], [.. keywords], more, moreKeywords);

        void Ensure(bool valid)
        {
            if (!valid)
            {
                throw TemplateException.Syntax("invalid syntax for function call expression", line);
            }
        }
    }
}
