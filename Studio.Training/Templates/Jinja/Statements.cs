using Studio.Training.Templates.Python;

namespace Studio.Training.Templates.Jinja;

/// <summary>How a statement ended: on to the next one, or out of the round or the loop.</summary>
internal enum Flow
{
    Next,
    Continue,
    Break,
}

/// <summary>A statement; immutable like the expressions.</summary>
internal abstract class Statement(int line)
{
    public int Line { get; } = line;

    public abstract Flow Execute(Scope scope);

    public static Flow ExecuteAll(Statement[] body, Scope scope)
    {
        foreach (var statement in body)
        {
            scope.State.Line = statement.Line;
            scope.State.Charge();
            var flow = statement.Execute(scope);
            if (flow != Flow.Next)
            {
                return flow;
            }
        }

        return Flow.Next;
    }
}

internal sealed class TextStatement(int line, string text) : Statement(line)
{
    public string Text { get; } = text;

    public override Flow Execute(Scope scope)
    {
        scope.State.Write(Text);
        return Flow.Next;
    }
}

internal sealed class PrintStatement(int line, Expression[] values) : Statement(line)
{
    public override Flow Execute(Scope scope)
    {
        foreach (var value in values)
        {
            scope.State.Print(value.Evaluate(scope));
        }

        return Flow.Next;
    }
}

internal sealed class IfStatement(int line, (Expression Test, Statement[] Body)[] branches, Statement[] otherwise) : Statement(line)
{
    public override Flow Execute(Scope scope)
    {
        foreach (var (test, body) in branches)
        {
            if (PythonComparison.IsTrue(test.Evaluate(scope)))
            {
                return ExecuteAll(body, scope);
            }
        }

        return ExecuteAll(otherwise, scope);
    }
}

internal sealed class LoopControl(int line, Flow flow) : Statement(line)
{
    public override Flow Execute(Scope scope) => flow;
}

internal sealed class SetStatement(int line, Expression target, Expression value) : Statement(line)
{
    public override Flow Execute(Scope scope)
    {
        Assignment.CheckNamespaces(target, scope);
        Assignment.Assign(target, value.Evaluate(scope), scope);
        return Flow.Next;
    }
}

/// <summary><c>{% set name %}...{% endset %}</c>, with filters on the text if there are any.</summary>
internal sealed class SetBlockStatement(int line, Expression target, Expression? filters, Statement[] body) : Statement(line)
{
    public override Flow Execute(Scope scope)
    {
        Assignment.CheckNamespaces(target, scope);
        var (flow, value) = CapturedText.Filtered(scope, body, filters);
        if (flow == Flow.Next)
        {
            Assignment.Assign(target, value, scope);
        }

        return flow;
    }
}

internal sealed class FilterBlockStatement(int line, Expression filters, Statement[] body) : Statement(line)
{
    public override Flow Execute(Scope scope)
    {
        var (flow, value) = CapturedText.Filtered(scope, body, filters);
        if (flow == Flow.Next)
        {
            scope.State.Write(PythonText.AsText(value) ?? throw TemplateException.Type($"sequence item 0: expected str instance, {PythonTypes.NameOf(value)} found"));
        }

        return flow;
    }
}

/// <summary>The text a set or filter block has captured, as the operand of its first filter.</summary>
internal sealed class CapturedText : Expression
{
    // No name of a template contains a blank.
    private const string Name = "captured text";

    public override object? Evaluate(Scope scope) => scope.TryGet(Name, out var value) ? value : "";

    public static (Flow Flow, object? Value) Filtered(Scope scope, Statement[] body, Expression? filters)
    {
        var inner = new Scope(scope);
        var flow = scope.State.Capture(() => Statement.ExecuteAll(body, inner), out var text);
        object? value = scope.State.Autoescape ? new Markup(text) : text;
        if (flow != Flow.Next || filters is null)
        {
            return (flow, value);
        }

        inner.Set(Name, value);
        return (flow, filters.Evaluate(inner));
    }
}

internal sealed class WithStatement(int line, Expression[] targets, Expression[] values, Statement[] body) : Statement(line)
{
    public override Flow Execute(Scope scope)
    {
        var inner = new Scope(scope);
        for (var i = 0; i < targets.Length; i++)
        {
            Assignment.Assign(targets[i], values[i].Evaluate(scope), inner);
        }

        return ExecuteAll(body, inner);
    }
}

internal sealed class AutoescapeStatement(int line, Expression on, Statement[] body) : Statement(line)
{
    public override Flow Execute(Scope scope)
    {
        var before = scope.State.Autoescape;
        scope.State.Autoescape = PythonComparison.IsTrue(on.Evaluate(scope));
        try
        {
            return ExecuteAll(body, new Scope(scope));
        }
        finally
        {
            scope.State.Autoescape = before;
        }
    }
}

internal sealed class MacroStatement(int line, MacroBody macro) : Statement(line)
{
    public override Flow Execute(Scope scope)
    {
        scope.Set(macro.Name!, new MacroValue(macro, scope));
        return Flow.Next;
    }
}

/// <summary><c>{% call macro(...) %}body{% endcall %}</c>: the body becomes the macro's <c>caller</c>.</summary>
internal sealed class CallBlockStatement(int line, CallExpression call, MacroBody caller) : Statement(line)
{
    public override Flow Execute(Scope scope)
    {
        scope.State.Print(call.Evaluate(scope, new MacroValue(caller, scope)));
        return Flow.Next;
    }
}

/// <summary>
/// <c>{% generation %}</c>: marks what the assistant says. The span starts where the output stands when the body has run; inside captured text that is not where the text ends up.
/// </summary>
internal sealed class GenerationStatement(int line, Statement[] body) : Statement(line)
{
    public override Flow Execute(Scope scope)
    {
        var state = scope.State;
        var inner = new Scope(scope);
        state.Capture(() => ExecuteAll(body, inner), out var text);
        var start = state.WrittenCodePoints();
        state.Generations.Add((start, start + CodePoints.Count(text)));
        state.Write(text);
        return Flow.Next;
    }
}

internal sealed class BlockStatement(int line, string name, bool scoped, Statement[] body) : Statement(line)
{
    public string Name { get; } = name;

    public override Flow Execute(Scope scope)
    {
        ExecuteAll(body, new Scope(scoped ? scope : scope.State.Top));
        return Flow.Next;
    }
}

/// <summary><c>include</c>, <c>import</c>, <c>extends</c>: a chat template stands alone.</summary>
internal sealed class LoadStatement(int line, Expression template) : Statement(line)
{
    public override Flow Execute(Scope scope)
    {
        _ = template.Evaluate(scope);
        throw TemplateException.Type("no loader for this environment specified");
    }
}

/// <summary><c>self</c>: gives the blocks of the template as functions.</summary>
internal sealed class SelfReference(RenderState state)
{
    public bool TryGetBlock(string name, out object? value)
    {
        var found = state.Blocks.GetValueOrDefault(name);
        value = found is null ? null : new FunctionValue(name, (run, _) =>
        {
            run.Enter();
            run.Capture(() => found.Execute(run.Top), out var text);
            run.Leave();
            return run.Autoescape ? new Markup(text) : text;
        });
        return found is not null;
    }
}

/// <summary>Assignment to names, tuples of names and attributes of namespaces.</summary>
internal static class Assignment
{
    public static void CheckNamespaces(Expression target, Scope scope)
    {
        if (target is NamespaceReference reference && (!scope.TryGet(reference.Name, out var owner) || owner is not NamespaceValue))
        {
            throw TemplateException.Runtime("cannot assign attribute on non-namespace object");
        }

        if (target is TupleExpression tuple)
        {
            Array.ForEach(tuple.Items, item => CheckNamespaces(item, scope));
        }
    }

    public static void Assign(Expression target, object? value, Scope scope)
    {
        switch (target)
        {
            case NameExpression name:
                scope.Set(name.Name, value);
                return;
            case NamespaceReference reference:
                if (scope.TryGet(reference.Name, out var owner) && owner is NamespaceValue names)
                {
                    names.Set(reference.Attribute, value);
                }

                return;
            case TupleExpression tuple:
                if (!PythonIteration.IsIterable(value))
                {
                    throw TemplateException.Type($"cannot unpack non-iterable {PythonTypes.NameOf(value)} object");
                }

                var items = PythonIteration.ToArray(value);
                if (items.Length != tuple.Items.Length)
                {
                    throw TemplateException.Value(items.Length > tuple.Items.Length
                        ? $"too many values to unpack (expected {tuple.Items.Length})"
                        : $"not enough values to unpack (expected {tuple.Items.Length}, got {items.Length})");
                }

                for (var i = 0; i < items.Length; i++)
                {
                    Assign(tuple.Items[i], items[i], scope);
                }

                return;
        }
    }
}
