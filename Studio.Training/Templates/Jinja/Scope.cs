namespace Studio.Training.Templates.Jinja;

/// <summary>
/// The variables of one block. Names are interned by the lexer, so they are compared by reference; only the outermost scope, which holds what the caller passed, is a dictionary.
/// </summary>
internal sealed class Scope
{
    private readonly Scope? parent;
    private readonly Dictionary<string, object?>? given;
    private string[] names = [];
    private object?[] values = [];
    private int count;

    public Scope(RenderState state, Dictionary<string, object?> given) => (State, this.given) = (state, given);

    public Scope(Scope parent) => (State, this.parent) = (parent.State, parent);

    public RenderState State { get; }

    public bool TryGet(string name, out object? value)
    {
        for (var scope = this; scope is not null; scope = scope.parent)
        {
            for (var i = scope.count - 1; i >= 0; i--)
            {
                if (ReferenceEquals(scope.names[i], name))
                {
                    value = scope.values[i];
                    return true;
                }
            }

            if (scope.given is not null)
            {
                return scope.given.TryGetValue(name, out value) || Globals.All.TryGetValue(name, out value);
            }
        }

        value = null;
        return false;
    }

    public void Set(string name, object? value)
    {
        for (var i = 0; i < count; i++)
        {
            if (ReferenceEquals(names[i], name))
            {
                values[i] = value;
                return;
            }
        }

        if (count == names.Length)
        {
            Array.Resize(ref names, Math.Max(4, count * 2));
            Array.Resize(ref values, names.Length);
        }

        (names[count], values[count]) = (name, value);
        count++;
    }

    /// <summary>Forgets the scope's own variables.</summary>
    public void Clear()
    {
        Array.Clear(values, 0, count);
        count = 0;
    }
}
