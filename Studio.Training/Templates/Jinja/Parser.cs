using System.Runtime.CompilerServices;
using Studio.Training.Templates.Python;

namespace Studio.Training.Templates.Jinja;

/// <summary>A parsed template.</summary>
internal sealed record ParsedTemplate(Statement[] Body, IReadOnlyDictionary<string, BlockStatement> Blocks, bool HasGeneration);

/// <summary>Parses the statements of a template.</summary>
internal sealed class Parser
{
    private readonly TokenStream tokens;
    private readonly NameUse uses = new();
    private readonly ExpressionParser expressions;
    private readonly LoadParser loads;
    private readonly Dictionary<string, BlockStatement> blocks = new(StringComparer.Ordinal);
    private readonly Stack<string> openTags = new();
    private readonly Stack<string[]> awaited = new();
    private int loopDepth;
    private bool hasGeneration;

    private Parser(string source)
    {
        tokens = new TokenStream(Lexer.Read(source));
        expressions = new ExpressionParser(tokens, uses);
        loads = new LoadParser(tokens, expressions);
    }

    public static ParsedTemplate Parse(string source)
    {
        var parser = new Parser(source);
        var body = parser.ParseBody([]);
        parser.uses.FailIfUnknown();
        return new ParsedTemplate(body, parser.blocks, parser.hasGeneration);
    }

    /// <summary>Statements up to one of the end tags, whose name is then the current token.</summary>
    private Statement[] ParseBody(string[] ends)
    {
        if (!RuntimeHelpers.TryEnsureSufficientExecutionStack())
        {
            throw TemplateException.Syntax("blocks are nested too deeply", tokens.Current.Line);
        }

        var body = new List<Statement>();
        awaited.Push(ends);
        while (tokens.Current.Kind != TokenKind.End)
        {
            var token = tokens.Take();
            switch (token.Kind)
            {
                case TokenKind.Data:
                    body.Add(new TextStatement(token.Line, token.Text));
                    break;
                case TokenKind.VariableBegin:
                    body.Add(new PrintStatement(token.Line, [expressions.ParseTuple()]));
                    tokens.Expect(TokenKind.VariableEnd);
                    break;
                default:
                    if (tokens.Current.Kind == TokenKind.Name && ends.Contains(tokens.Current.Text))
                    {
                        awaited.Pop();
                        return [.. body];
                    }

                    body.Add(ParseStatement());
                    tokens.Expect(TokenKind.BlockEnd);
                    break;
            }
        }

        if (ends.Length > 0)
        {
            throw TemplateException.Syntax(
                $"Unexpected end of template. Jinja was looking for the following tags: {string.Join(" or ", ends.Select(end => $"'{end}'"))}. The innermost block that needs to be closed is '{openTags.Peek()}'.",
                tokens.Current.Line);
        }

        awaited.Pop();
        return [.. body];
    }

    /// <summary>The rest of an opening tag, its body, and the end tag's name, which is returned.</summary>
    private string ParseBlock(out Statement[] body, params string[] ends)
    {
        tokens.SkipOperator(":");
        tokens.Expect(TokenKind.BlockEnd);
        body = ParseBody(ends);
        return tokens.Take().Text;
    }

    private Statement ParseStatement()
    {
        var token = tokens.Current;
        if (token.Kind != TokenKind.Name)
        {
            throw TemplateException.Syntax(token.Kind == TokenKind.End ? "unexpected end of template, expected a tag name." : "tag name expected", token.Line);
        }

        tokens.Take();
        openTags.Push(token.Text);
        Statement statement = token.Text switch
        {
            "for" => ParseFor(token.Line),
            "if" => ParseIf(token.Line),
            "set" => ParseSet(token.Line),
            "macro" => ParseMacro(token.Line),
            "call" => ParseCall(token.Line),
            "filter" => ParseFilterBlock(token.Line),
            "with" => ParseWith(token.Line),
            "generation" => ParseGeneration(token.Line),
            "break" => ParseLoopControl(token, Flow.Break),
            "continue" => ParseLoopControl(token, Flow.Continue),
            "print" => ParsePrint(token.Line),
            "block" => ParseNamedBlock(token.Line),
            "autoescape" => ParseAutoescape(token.Line),
            "include" => loads.ParseInclude(token.Line),
            "import" => loads.ParseImport(token.Line),
            "from" => loads.ParseFrom(token.Line),
            "extends" => loads.ParseExtends(token.Line),
            _ => throw UnknownTag(token),
        };
        openTags.Pop();
        return statement;
    }

    private TemplateException UnknownTag(Token token)
    {
        openTags.Pop();
        var message = $"Encountered unknown tag '{token.Text}'.";
        var ends = awaited.Peek();
        if (ends.Length > 0)
        {
            message += $" Jinja was looking for the following tags: {string.Join(" or ", ends.Select(end => $"'{end}'"))}.";
        }

        return TemplateException.Syntax(openTags.Count > 0 ? $"{message} The innermost block that needs to be closed is '{openTags.Peek()}'." : message, token.Line);
    }

    private ForStatement ParseFor(int line)
    {
        var target = expressions.ParseTarget(endName: "in");
        uses.Store(Assigns(target, "loop"));
        tokens.ExpectName("in");
        var items = expressions.ParseTuple(withConditional: false, endName: "recursive");
        var test = tokens.SkipName("if") ? expressions.Parse() : null;
        var recursive = tokens.SkipName("recursive");
        Statement[] body = [];
        Statement[] otherwise = [];
        var end = "";
        loopDepth++;
        var use = uses.Within(() => end = ParseBlock(out body, "endfor", "else"));
        loopDepth--;
        if (end == "else")
        {
            uses.Nested(() => ParseBlock(out otherwise, "endfor"));
        }

        if (use.StoresLoop || Assigns(target, "loop"))
        {
            throw TemplateException.Assertion("Can't assign to special loop variable in for-loop target", line);
        }

        return new ForStatement(line, target, items, test, recursive, use.ReadsLoop, use.HasClosure, body, otherwise);
    }

    private IfStatement ParseIf(int line)
    {
        var checkpoint = uses.Checkpoint;
        var branches = new List<(Expression, Statement[])>();
        Statement[] otherwise = [];
        while (true)
        {
            var test = expressions.ParseTuple(withConditional: false);
            var end = ParseBlock(out var body, "elif", "else", "endif");
            branches.Add((test, body));
            if (end == "elif")
            {
                continue;
            }

            if (end == "else")
            {
                ParseBlock(out otherwise, "endif");
            }

            uses.Forgive(checkpoint);
            return new IfStatement(line, [.. branches], otherwise);
        }
    }

    private Statement ParseSet(int line)
    {
        var target = expressions.ParseTarget(withNamespace: true);
        uses.Store(Assigns(target, "loop"));
        if (tokens.SkipOperator("="))
        {
            return new SetStatement(line, target, expressions.ParseTuple());
        }

        var filters = expressions.ParseFilters(null);
        Statement[] body = [];
        uses.Nested(() => ParseBlock(out body, "endset"));
        return new SetBlockStatement(line, target, filters, body);
    }

    private MacroStatement ParseMacro(int line)
    {
        var name = expressions.ParseTargetName();
        var (parameters, defaults) = ParseSignature();
        return new MacroStatement(line, ParseMacroBody(name, parameters, defaults, "endmacro", line));
    }

    private CallBlockStatement ParseCall(int line)
    {
        var (parameters, defaults) = tokens.Current.IsOperator("(") ? ParseSignature() : ([], []);
        if (expressions.Parse() is not CallExpression call)
        {
            throw TemplateException.Syntax("expected call", line);
        }

        return new CallBlockStatement(line, call, ParseMacroBody(null, parameters, defaults, "endcall", line));
    }

    private MacroBody ParseMacroBody(string? name, string[] parameters, Expression?[] defaults, string endTag, int line)
    {
        Statement[] body = [];
        var outer = loopDepth;
        loopDepth = 0;
        var use = uses.Within(() => ParseBlock(out body, endTag));
        loopDepth = outer;
        uses.Closure();
        var explicitCaller = Array.IndexOf(parameters, "caller");
        if (use.ReadsCaller && explicitCaller >= 0 && defaults[explicitCaller] is null)
        {
            throw TemplateException.Syntax("When defining macros or call blocks the special \"caller\" argument must be omitted or be given a default.", line);
        }

        return new MacroBody(name, parameters, defaults, body, use.ReadsCaller, use.ReadsKeywords && !parameters.Contains("kwargs"), use.ReadsRest && !parameters.Contains("varargs"));
    }

    private (string[] Parameters, Expression?[] Defaults) ParseSignature()
    {
        var parameters = new List<string>();
        var defaults = new List<Expression?>();
        tokens.ExpectOperator("(");
        while (!tokens.Current.IsOperator(")"))
        {
            if (parameters.Count > 0)
            {
                tokens.ExpectOperator(",");
            }

            parameters.Add(expressions.ParseTargetName());
            var usual = tokens.SkipOperator("=") ? expressions.Parse() : null;
            if (usual is null && defaults.Exists(each => each is not null))
            {
                throw TemplateException.Syntax("non-default argument follows default argument", tokens.Current.Line);
            }

            defaults.Add(usual);
        }

        tokens.Take();
        return ([.. parameters], [.. defaults]);
    }

    private FilterBlockStatement ParseFilterBlock(int line)
    {
        var filters = expressions.ParseFilters(null, inline: true)!;
        Statement[] body = [];
        uses.Nested(() => ParseBlock(out body, "endfilter"));
        return new FilterBlockStatement(line, filters, body);
    }

    private WithStatement ParseWith(int line)
    {
        var targets = new List<Expression>();
        var values = new List<Expression>();
        while (tokens.Current.Kind != TokenKind.BlockEnd)
        {
            if (targets.Count > 0)
            {
                tokens.ExpectOperator(",");
            }

            targets.Add(expressions.ParseTarget());
            tokens.ExpectOperator("=");
            values.Add(expressions.Parse());
        }

        Statement[] body = [];
        uses.Nested(() => ParseBlock(out body, "endwith"));
        return new WithStatement(line, [.. targets], [.. values], body);
    }

    private GenerationStatement ParseGeneration(int line)
    {
        hasGeneration = true;
        Statement[] body = [];
        var outer = loopDepth;
        loopDepth = 0;
        uses.Nested(() => ParseBlock(out body, "endgeneration"));
        loopDepth = outer;
        return new GenerationStatement(line, body);
    }

    private LoopControl ParseLoopControl(Token token, Flow flow) =>
        loopDepth > 0 ? new LoopControl(token.Line, flow) : throw new TemplateException($"'{token.Text}' outside loop") { Kind = "SyntaxError", Line = token.Line };

    private PrintStatement ParsePrint(int line)
    {
        var values = new List<Expression>();
        while (tokens.Current.Kind != TokenKind.BlockEnd)
        {
            if (values.Count > 0)
            {
                tokens.ExpectOperator(",");
            }

            values.Add(expressions.Parse());
        }

        return new PrintStatement(line, [.. values]);
    }

    private BlockStatement ParseNamedBlock(int line)
    {
        var name = tokens.ExpectName().Text;
        var scoped = tokens.SkipName("scoped");
        var required = tokens.SkipName("required");
        if (scoped)
        {
            uses.Read("loop");
            uses.Closure();
        }

        if (tokens.Current.IsOperator("-"))
        {
            throw TemplateException.Syntax("Block names in Jinja have to be valid Python identifiers and may not contain hyphens, use an underscore instead.", line);
        }

        Statement[] body = [];
        var outer = loopDepth;
        loopDepth = 0;
        uses.Nested(() => ParseBlock(out body, "endblock"));
        loopDepth = outer;
        if (required && !Array.TrueForAll(body, each => each is TextStatement text && Whitespace.Trim(text.Text).Length == 0))
        {
            throw TemplateException.Syntax("Required blocks can only contain comments or whitespace", line);
        }

        tokens.SkipName(name);
        var block = new BlockStatement(line, name, scoped, body);
        return blocks.TryAdd(name, block) ? block : throw TemplateException.Assertion($"block '{name}' defined twice", line);
    }

    private AutoescapeStatement ParseAutoescape(int line)
    {
        var on = expressions.Parse();
        Statement[] body = [];
        uses.Nested(() => ParseBlock(out body, "endautoescape"));
        return new AutoescapeStatement(line, on, body);
    }

    private static bool Assigns(Expression target, string name) => target switch
    {
        NameExpression each => each.Name == name,
        TupleExpression tuple => Array.Exists(tuple.Items, item => Assigns(item, name)),
        _ => false,
    };
}
