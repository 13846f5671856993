using Studio.Training.Templates.Python;

namespace Studio.Training.Templates.Jinja;

/// <summary><c>{% for target in items if test recursive %}</c>.</summary>
internal sealed class ForStatement(int line, Expression target, Expression items, Expression? test, bool recursive, bool usesLoop, bool keepsScopes, Statement[] body, Statement[] otherwise)
    : Statement(line)
{
    private static readonly UndefinedValue noLoop = UndefinedValue.Because("'loop' is undefined: the loop variable is not available in the filter of the loop it belongs to");

    public override Flow Execute(Scope scope)
    {
        var values = items.Evaluate(scope);
        if (!recursive)
        {
            return Run(scope, values, 0);
        }

        scope.State.Write(Recurse(scope, values, 0));
        return Flow.Next;
    }

    private string Recurse(Scope scope, object? values, int depth)
    {
        scope.State.Enter();
        try
        {
            scope.State.Capture(() => Run(scope, values, depth), out var text);
            return text;
        }
        finally
        {
            scope.State.Leave();
        }
    }

    private Flow Run(Scope scope, object? values, int depth)
    {
        var state = scope.State;
        var cursor = new Cursor(values, test is null ? null : item => Passes(scope, item));
        var inner = new Scope(scope);
        var loop = usesLoop || recursive ? new LoopContext(cursor, depth, recursive ? more => Recurse(scope, more, depth + 1) : null) : null;
        var any = false;
        while (loop is null ? cursor.TryNext(out var item) : loop.TryNext(out item))
        {
            state.Charge();
            if (any)
            {
                if (keepsScopes)
                {
                    inner = new Scope(scope);
                }
                else
                {
                    inner.Clear();
                }
            }

            any = true;
            if (loop is not null)
            {
                inner.Set("loop", loop);
            }

            Assignment.Assign(target, item, inner);
            if (ExecuteAll(body, inner) == Flow.Break)
            {
                break;
            }
        }

        return any ? Flow.Next : ExecuteAll(otherwise, new Scope(scope));
    }

    private bool Passes(Scope scope, object? item)
    {
        var inner = new Scope(scope);
        inner.Set("loop", noLoop);
        Assignment.Assign(target, item, inner);
        return PythonComparison.IsTrue(test!.Evaluate(inner));
    }
}

/// <summary>Walks the items of a loop, those that pass its filter.</summary>
internal sealed class Cursor(object? values, Func<object?, bool>? filter)
{
    private readonly IteratorValue? iterator = values as IteratorValue;
    private object?[] items = values is IteratorValue ? [] : PythonIteration.ToArray(values);
    private Func<object?, bool>? filter = filter;
    private int place;
    private bool listed = values is not IteratorValue;

    /// <summary>Number of all items when it is known without walking on.</summary>
    public int? Count => filter is null && listed ? items.Length : null;

    public bool TryNext(out object? item)
    {
        while (true)
        {
            if (!listed)
            {
                if (!iterator!.TryNext(out item))
                {
                    return false;
                }
            }
            else if (place < items.Length)
            {
                item = items[place++];
            }
            else
            {
                item = null;
                return false;
            }

            if (filter is null || filter(item))
            {
                return true;
            }
        }
    }

    /// <summary>Reads all that is left and returns how many items that are.</summary>
    public int ListRest()
    {
        var rest = new List<object?>();
        while (TryNext(out var item))
        {
            rest.Add(item);
        }

        (items, filter, place, listed) = ([.. rest], null, 0, true);
        return rest.Count;
    }
}

/// <summary>The variable <c>loop</c>.</summary>
internal sealed class LoopContext(Cursor cursor, int depth0, Func<object?, string>? recurse) : CallableValue
{
    private static readonly object none = new();
    private static readonly UndefinedValue noPrevious = UndefinedValue.Because("there is no previous item");
    private static readonly UndefinedValue noNext = UndefinedValue.Because("there is no next item");

    private object? after = none;
    private object? current = none;
    private object? before = none;
    private object? lastChanged = none;
    private int? length = cursor.Count;

    public override string Name => "loop";

    public int Index0 { get; private set; } = -1;

    public int Length => length ??= cursor.ListRest() + Index0 + 1 + (after == none ? 0 : 1);

    private bool IsLast
    {
        get
        {
            if (length is { } known)
            {
                return Index0 + 1 >= known;
            }

            return Peek() == none;
        }
    }

    public bool TryNext(out object? item)
    {
        if (after != none)
        {
            item = after;
            after = none;
        }
        else if (!cursor.TryNext(out item))
        {
            return false;
        }

        Index0++;
        (before, current) = (current, item);
        return true;
    }

    public bool TryGetAttribute(string name, out object? value)
    {
        value = name switch
        {
            "index" => Index0 + 1L,
            "index0" => (long)Index0,
            "first" => Index0 == 0,
            "last" => IsLast,
            "length" => (long)Length,
            "revindex" => (long)(Length - Index0),
            "revindex0" => (long)(Length - Index0 - 1),
            "depth" => depth0 + 1L,
            "depth0" => (long)depth0,
            "previtem" => Index0 == 0 ? noPrevious : before,
            "nextitem" => Peek() is var next && next == none ? noNext : next,
            _ => none,
        };
        return value != none;
    }

    public object? Cycle(object?[] items) => items.Length == 0 ? throw TemplateException.Type("no items for cycling given") : items[Index0 % items.Length];

    public object Changed(object?[] values)
    {
        var now = new TupleValue(values);
        if (lastChanged != none && PythonComparison.AreEqual(lastChanged, now))
        {
            return false;
        }

        lastChanged = now;
        return true;
    }

    public override object? Call(RenderState state, Arguments arguments)
    {
        var items = arguments.Bind("loop", 1, "iterable")[0];
        return recurse is null ? throw TemplateException.Type("The loop must have the 'recursive' marker to be called recursively.") : recurse(items);
    }

    private object? Peek()
    {
        if (after == none && cursor.TryNext(out var next))
        {
            after = next;
        }

        return after;
    }
}
