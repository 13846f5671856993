using System.Runtime.CompilerServices;

namespace Studio.Training.Templates.Jinja;

/// <summary>
/// Parses expressions, with Jinja's order of operators: inline if, or, and, not, comparison, + and -, ~, * / // %, **, unary, then postfix, filters and tests.
/// </summary>
internal sealed class ExpressionParser
{
    private static readonly HashSet<string> comparisons = ["==", "!=", "<", "<=", ">", ">="];

    private readonly TokenStream tokens;
    private readonly NameUse uses;
    private readonly PostfixParser postfixes;

    public ExpressionParser(TokenStream tokens, NameUse uses)
    {
        (this.tokens, this.uses) = (tokens, uses);
        postfixes = new PostfixParser(tokens, uses, this);
    }

    public Expression Parse(bool withConditional = true) => withConditional ? ParseConditional() : ParseOr();

    /// <summary>An expression, or several with commas as a tuple.</summary>
    public Expression ParseTuple(bool simple = false, bool withConditional = true, string? endName = null, bool inParentheses = false, bool withNamespace = false)
    {
        var items = new List<Expression>();
        var isTuple = false;
        while (true)
        {
            if (items.Count > 0)
            {
                tokens.ExpectOperator(",");
            }

            var current = tokens.Current;
            if (current.Kind is TokenKind.VariableEnd or TokenKind.BlockEnd || current.IsOperator(")") || (endName is not null && current.IsName(endName)))
            {
                break;
            }

            items.Add(simple ? ParsePrimary(withNamespace) : Parse(withConditional));
            if (!tokens.Current.IsOperator(","))
            {
                break;
            }

            isTuple = true;
        }

        return isTuple || (items.Count == 0 && inParentheses) ? new TupleExpression([.. items])
            : items.Count > 0 ? items[0]
            : throw TemplateException.Syntax($"Expected an expression, got '{tokens.Current.Description}'", tokens.Current.Line);
    }

    /// <summary>What stands on the left of an assignment.</summary>
    public Expression ParseTarget(string? endName = null, bool withNamespace = false)
    {
        var line = tokens.Current.Line;
        var target = ParseTuple(simple: true, endName: endName, withNamespace: withNamespace);
        CheckTarget(target, line);
        return target;
    }

    public string ParseTargetName()
    {
        var token = tokens.ExpectName();
        return token.Text is "true" or "false" or "none" or "True" or "False" or "None" ? throw TemplateException.Syntax("can't assign to 'name'", token.Line) : token.Text;
    }

    /// <summary>Filters after a pipe, as a filter block has them; the first one without the pipe when <paramref name="inline"/>.</summary>
    public Expression? ParseFilters(Expression? operand, bool inline = false) => postfixes.ParseFilters(operand, inline);

    private static void CheckTarget(Expression target, int line)
    {
        switch (target)
        {
            case NameExpression or NamespaceReference:
                return;
            case TupleExpression tuple:
                Array.ForEach(tuple.Items, item => CheckTarget(item, line));
                return;
            default:
                throw TemplateException.Syntax($"can't assign to '{target.Description}'", line);
        }
    }

    private Expression ParseConditional()
    {
        if (!RuntimeHelpers.TryEnsureSufficientExecutionStack())
        {
            throw TemplateException.Syntax("expressions are nested too deeply", tokens.Current.Line);
        }

        var checkpoint = uses.Checkpoint;
        var value = ParseOr();
        while (tokens.SkipName("if"))
        {
            var test = ParseOr();
            var otherwise = tokens.SkipName("else") ? ParseConditional() : null;
            value = new ConditionalExpression(test, value, otherwise);

            // What is unknown inside an inline if fails only when it is reached.
            uses.Forgive(checkpoint);
        }

        return value;
    }

    private Expression ParseOr()
    {
        var left = ParseAnd();
        while (tokens.SkipName("or"))
        {
            left = new OrExpression(left, ParseAnd());
        }

        return left;
    }

    private Expression ParseAnd()
    {
        var left = ParseNot();
        while (tokens.SkipName("and"))
        {
            left = new AndExpression(left, ParseNot());
        }

        return left;
    }

    private Expression ParseNot()
    {
        var negations = 0;
        while (tokens.SkipName("not"))
        {
            negations++;
        }

        var operand = ParseComparison();
        for (; negations > 0; negations--)
        {
            operand = new NotExpression(operand);
        }

        return operand;
    }

    private Expression ParseComparison()
    {
        var first = ParseSum();
        List<(string, Expression)>? rest = null;
        while (true)
        {
            string sign;
            if (tokens.Current.Kind == TokenKind.Operator && comparisons.Contains(tokens.Current.Text))
            {
                sign = tokens.Take().Text;
            }
            else if (tokens.SkipName("in"))
            {
                sign = "in";
            }
            else if (tokens.Current.IsName("not") && tokens.Ahead.IsName("in"))
            {
                tokens.Take();
                tokens.Take();
                sign = "not in";
            }
            else
            {
                return rest is null ? first : new CompareExpression(first, [.. rest]);
            }

            (rest ??= []).Add((sign, ParseSum()));
        }
    }

    private Expression ParseSum() => ParseLeft(ParseConcat, "+", "-");

    private Expression ParseConcat()
    {
        var first = ParseProduct();
        if (!tokens.Current.IsOperator("~"))
        {
            return first;
        }

        var parts = new List<Expression> { first };
        while (tokens.SkipOperator("~"))
        {
            parts.Add(ParseProduct());
        }

        return new ConcatExpression([.. parts]);
    }

    private Expression ParseProduct() => ParseLeft(ParsePower, "*", "/", "//", "%");

    private Expression ParsePower() => ParseLeft(() => ParseUnary(withFilters: true), "**");

    private Expression ParseLeft(Func<Expression> operand, params ReadOnlySpan<string> signs)
    {
        var left = operand();
        while (tokens.Current.Kind == TokenKind.Operator && signs.Contains(tokens.Current.Text))
        {
            var sign = tokens.Take().Text;
            left = new BinaryExpression(sign, left, operand());
        }

        return left;
    }

    private Expression ParseUnary(bool withFilters)
    {
        if (!RuntimeHelpers.TryEnsureSufficientExecutionStack())
        {
            throw TemplateException.Syntax("expressions are nested too deeply", tokens.Current.Line);
        }

        var current = tokens.Current;
        Expression node;
        if (current.IsOperator("-") || current.IsOperator("+"))
        {
            tokens.Take();
            node = new UnaryExpression(current.Text == "-", ParseUnary(withFilters: false));
        }
        else
        {
            node = ParsePrimary();
        }

        node = postfixes.ParsePostfix(node);
        return withFilters ? postfixes.ParseFilterOrTest(node) : node;
    }

    /// <summary>A name, a literal, or what stands in brackets.</summary>
    public Expression ParsePrimary(bool withNamespace = false)
    {
        var token = tokens.Take();
        switch (token.Kind)
        {
            case TokenKind.Name when token.Text is "true" or "True":
                return new Constant(true);
            case TokenKind.Name when token.Text is "false" or "False":
                return new Constant(false);
            case TokenKind.Name when token.Text is "none" or "None":
                return new Constant(null);
            case TokenKind.Name when withNamespace && tokens.Current.IsOperator("."):
                tokens.Take();
                return new NamespaceReference(token.Text, tokens.ExpectName().Text);
            case TokenKind.Name:
                uses.Read(token.Text);
                return new NameExpression(token.Text);
            case TokenKind.String:
                var text = token.Text;
                while (tokens.Current.Kind == TokenKind.String)
                {
                    text += tokens.Take().Text;
                }

                return new Constant(text);
            case TokenKind.Number:
                return new Constant(token.Value);
            case TokenKind.Operator when token.Text == "(":
                var inner = ParseTuple(inParentheses: true);
                tokens.ExpectOperator(")");
                return inner;
            case TokenKind.Operator when token.Text == "[":
                return ParseList();
            case TokenKind.Operator when token.Text == "{":
                return ParseDict();
            case TokenKind.End:
                throw TemplateException.Syntax("unexpected end of template, expected an expression.", token.Line);
            default:
                throw TemplateException.Syntax($"unexpected '{token.Description}'", token.Line);
        }
    }

    private ListExpression ParseList()
    {
        var items = new List<Expression>();
        while (!tokens.SkipOperator("]"))
        {
            if (items.Count > 0)
            {
                tokens.ExpectOperator(",");
                if (tokens.SkipOperator("]"))
                {
                    break;
                }
            }

            items.Add(Parse());
        }

        return new ListExpression([.. items]);
    }

    private DictExpression ParseDict()
    {
        var entries = new List<(Expression, Expression)>();
        while (!tokens.SkipOperator("}"))
        {
            if (entries.Count > 0)
            {
                tokens.ExpectOperator(",");
                if (tokens.SkipOperator("}"))
                {
                    break;
                }
            }

            var key = Parse();
            tokens.ExpectOperator(":");
            entries.Add((key, Parse()));
        }

        return new DictExpression([.. entries]);
    }
}
