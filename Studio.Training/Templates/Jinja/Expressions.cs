using Studio.Training.Templates.Python;

namespace Studio.Training.Templates.Jinja;

/// <summary>An expression; immutable, so that one parsed template can be rendered by many threads.</summary>
internal abstract class Expression
{
    public abstract object? Evaluate(Scope scope);

    /// <summary>What an error message calls the expression when something is assigned to it.</summary>
    public virtual string Description => "expression";

    protected static object?[] EvaluateAll(Expression[] expressions, Scope scope)
    {
        if (expressions.Length == 0)
        {
            return [];
        }

        var values = new object?[expressions.Length];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = expressions[i].Evaluate(scope);
        }

        return values;
    }
}

internal sealed class Constant(object? value) : Expression
{
    public object? Value { get; } = value;

    public override string Description => "const";

    public override object? Evaluate(Scope scope) => Value;
}

internal sealed class NameExpression(string name) : Expression
{
    private readonly UndefinedValue missing = UndefinedValue.Variable(name);

    public string Name { get; } = name;

    public override object? Evaluate(Scope scope) => scope.TryGet(Name, out var value) ? value : missing;
}

/// <summary>Only ever assigned to: <c>{% set ns.name = ... %}</c>.</summary>
internal sealed class NamespaceReference(string name, string attribute) : Expression
{
    public string Name { get; } = name;

    public string Attribute { get; } = attribute;

    public override object? Evaluate(Scope scope) => throw new InvalidOperationException("A namespace reference has no value of its own.");
}

internal sealed class TupleExpression(Expression[] items) : Expression
{
    public Expression[] Items { get; } = items;

    public override string Description => "tuple";

    public override object? Evaluate(Scope scope) => new TupleValue(EvaluateAll(Items, scope));
}

internal sealed class ListExpression(Expression[] items) : Expression
{
    public override string Description => "list";

    public override object? Evaluate(Scope scope) => new ListValue(EvaluateAll(items, scope));
}

internal sealed class DictExpression((Expression Key, Expression Value)[] entries) : Expression
{
    public override string Description => "dict";

    public override object? Evaluate(Scope scope)
    {
        var dict = new DictValue(entries.Length);
        foreach (var (key, value) in entries)
        {
            dict.Set(PythonComparison.CheckHashable(key.Evaluate(scope)), value.Evaluate(scope));
        }

        return dict;
    }
}

internal sealed class AttributeExpression(Expression owner, string name) : Expression
{
    public Expression Owner { get; } = owner;

    public string Name { get; } = name;

    public override string Description => "getattr";

    public override object? Evaluate(Scope scope) => Access.Attribute(scope.State, Owner.Evaluate(scope), Name);
}

internal sealed class ItemExpression(Expression owner, Expression key) : Expression
{
    public override string Description => "getitem";

    public override object? Evaluate(Scope scope) => Access.Item(scope.State, owner.Evaluate(scope), key.Evaluate(scope));
}

internal sealed class SliceExpression(Expression owner, Expression? start, Expression? stop, Expression? step) : Expression
{
    public override object? Evaluate(Scope scope) => Access.Slice(scope.State, owner.Evaluate(scope), start?.Evaluate(scope), stop?.Evaluate(scope), step?.Evaluate(scope));
}

/// <summary>A slice inside a longer subscript (<c>x[1:2, 3]</c>); nothing a template can hold accepts it.</summary>
internal sealed class SliceInTuple : Expression
{
    public override object? Evaluate(Scope scope) => throw TemplateException.Type("slices in a longer subscript are not supported by any value of a template");
}

internal sealed class ConditionalExpression(Expression test, Expression yes, Expression? no) : Expression
{
    private static readonly UndefinedValue missing = UndefinedValue.Because("the inline if-expression evaluated to false and no else section was defined.");

    public override object? Evaluate(Scope scope) => PythonComparison.IsTrue(test.Evaluate(scope)) ? yes.Evaluate(scope) : no is null ? missing : no.Evaluate(scope);
}

internal sealed class AndExpression(Expression left, Expression right) : Expression
{
    public override object? Evaluate(Scope scope) => left.Evaluate(scope) is var value && PythonComparison.IsTrue(value) ? right.Evaluate(scope) : value;
}

internal sealed class OrExpression(Expression left, Expression right) : Expression
{
    public override object? Evaluate(Scope scope) => left.Evaluate(scope) is var value && PythonComparison.IsTrue(value) ? value : right.Evaluate(scope);
}

internal sealed class NotExpression(Expression operand) : Expression
{
    public override object? Evaluate(Scope scope) => !PythonComparison.IsTrue(operand.Evaluate(scope));
}

internal sealed class CompareExpression(Expression first, (string Sign, Expression Operand)[] rest) : Expression
{
    public override object? Evaluate(Scope scope)
    {
        var left = first.Evaluate(scope);
        foreach (var (sign, operand) in rest)
        {
            var right = operand.Evaluate(scope);
            if (!Holds(left, sign, right))
            {
                return false;
            }

            left = right;
        }

        return true;
    }

    public static bool Holds(object? left, string sign, object? right) => sign switch
    {
        "==" => PythonComparison.AreEqual(left, right),
        "!=" => !PythonComparison.AreEqual(left, right),
        "in" => PythonComparison.Contains(right, left),
        "not in" => !PythonComparison.Contains(right, left),
        "<" => PythonComparison.Ordered(left, right, sign, static order => order < 0),
        "<=" => PythonComparison.Ordered(left, right, sign, static order => order <= 0),
        ">" => PythonComparison.Ordered(left, right, sign, static order => order > 0),
        _ => PythonComparison.Ordered(left, right, sign, static order => order >= 0),
    };
}

internal sealed class BinaryExpression(string sign, Expression left, Expression right) : Expression
{
    public override object? Evaluate(Scope scope)
    {
        var (a, b) = (left.Evaluate(scope), right.Evaluate(scope));
        return sign switch
        {
            "+" => PythonOperators.Add(scope.State, a, b),
            "-" => PythonOperators.Subtract(a, b),
            "*" => PythonOperators.Multiply(scope.State, a, b),
            "/" => PythonOperators.Divide(a, b),
            "//" => PythonOperators.FloorDivide(a, b),
            "%" => PythonOperators.Modulo(scope.State, a, b),
            _ => PythonOperators.Power(a, b),
        };
    }
}

internal sealed class UnaryExpression(bool negative, Expression operand) : Expression
{
    public override object? Evaluate(Scope scope) => negative ? PythonOperators.Negate(operand.Evaluate(scope)) : PythonOperators.Positive(operand.Evaluate(scope));
}

/// <summary><c>a ~ b ~ c</c>: the printed forms one after the other.</summary>
internal sealed class ConcatExpression(Expression[] parts) : Expression
{
    public override object? Evaluate(Scope scope)
    {
        var values = EvaluateAll(parts, scope);
        if (scope.State.Autoescape)
        {
            var markup = Array.Exists(values, value => value is Markup);
            var pieces = Array.ConvertAll(values, value => markup ? Html.Escape(value).Text : PythonText.Str(value));
            var joined = string.Concat(pieces);
            scope.State.CheckText(joined.Length);
            return markup ? new Markup(joined) : joined;
        }

        var texts = Array.ConvertAll(values, PythonText.Str);
        scope.State.CheckText(texts.Sum(text => (long)text.Length));
        return string.Concat(texts);
    }
}

/// <summary>Arguments of a call as they are written.</summary>
internal sealed class ArgumentList(Expression[] positional, (string Name, Expression Value)[] keywords, Expression? more, Expression? moreKeywords)
{
    public static readonly ArgumentList None = new([], [], null, null);

    public Arguments Evaluate(Scope scope, object? caller = null)
    {
        if (keywords.Length == 0 && more is null && moreKeywords is null && caller is null)
        {
            return positional.Length == 0 ? Arguments.None : new Arguments(Array.ConvertAll(positional, each => each.Evaluate(scope)), []);
        }

        var values = positional.Select(each => each.Evaluate(scope)).ToList();
        var named = keywords.Select(each => KeyValuePair.Create(each.Name, each.Value.Evaluate(scope))).ToList();
        if (caller is not null)
        {
            named.Add(KeyValuePair.Create("caller", (object?)caller));
        }

        if (more is not null)
        {
            values.AddRange(PythonIteration.ToArray(more.Evaluate(scope)));
        }

        if (moreKeywords is not null)
        {
            if (moreKeywords.Evaluate(scope) is not DictValue dict)
            {
                throw TemplateException.Type("argument after ** must be a mapping");
            }

            for (var i = 0; i < dict.Count; i++)
            {
                var name = dict.KeyAt(i) as string ?? throw TemplateException.Type("keywords must be strings");
                named.Add(named.Exists(each => each.Key == name)
                    ? throw TemplateException.Type($"got multiple values for keyword argument '{name}'")
                    : KeyValuePair.Create(name, dict.ValueAt(i)));
            }
        }

        return new Arguments([.. values], [.. named]);
    }
}

internal sealed class CallExpression(Expression callee, ArgumentList arguments) : Expression
{
    public override object? Evaluate(Scope scope) => Evaluate(scope, null);

    public object? Evaluate(Scope scope, object? caller)
    {
        var state = scope.State;
        state.Charge();
        if (callee is AttributeExpression { Name: var name } attribute)
        {
            // A method of text, list or dict is called without making a value of it first.
            var owner = attribute.Owner.Evaluate(scope);
            var target = Access.Attribute(state, owner, name);
            return target is MethodValue ? PythonMethods.Call(state, owner, name, arguments.Evaluate(scope, caller)) : Access.Call(state, target, arguments.Evaluate(scope, caller));
        }

        var function = callee.Evaluate(scope);
        return Access.Call(state, function, arguments.Evaluate(scope, caller));
    }
}

internal sealed class FilterExpression(string name, Expression operand, ArgumentList arguments) : Expression
{
    private readonly Filter? filter = Filters.All.GetValueOrDefault(name);

    public override object? Evaluate(Scope scope)
    {
        var value = operand.Evaluate(scope);
        var filter = this.filter ?? throw TemplateException.Runtime($"No filter named '{name}' found.");
        scope.State.Charge();
        return filter.Apply(scope.State, value, arguments.Evaluate(scope));
    }
}

internal sealed class TestExpression(string name, Expression operand, ArgumentList arguments) : Expression
{
    private readonly Test? test = Tests.All.GetValueOrDefault(name);

    public override object? Evaluate(Scope scope)
    {
        var value = operand.Evaluate(scope);
        var test = this.test ?? throw TemplateException.Runtime($"No test named '{name}' found.");
        return test.Holds(scope.State, value, arguments.Evaluate(scope));
    }
}
