namespace Studio.Training.Templates.Jinja;

/// <summary>
/// What the parser notices about names: whether a loop's body reads <c>loop</c>, whether a macro's body reads its special variables, and which filters and tests do not exist.
/// </summary>
internal sealed class NameUse
{
    private readonly List<Body> open = [];
    private readonly List<(string Message, int Line, int Level)> unknown = [];
    private int level;

    /// <summary>A place to go back to with <see cref="Forgive"/>.</summary>
    public int Checkpoint => unknown.Count;

    public void Read(string name)
    {
        foreach (var body in open)
        {
            body.ReadsLoop |= name == "loop";
            body.ReadsCaller |= name == "caller";
            body.ReadsKeywords |= name == "kwargs";
            body.ReadsRest |= name == "varargs";
        }
    }

    /// <summary>Marks that the bodies that are open assign to <c>loop</c>.</summary>
    public void Store(bool loop)
    {
        foreach (var body in open)
        {
            body.StoresLoop |= loop;
        }
    }

    /// <summary>Marks that a macro or call block stands in the bodies that are open: their scopes may be used later.</summary>
    public void Closure() => open.ForEach(body => body.HasClosure = true);

    /// <summary>Notes what is read while <paramref name="parse"/> runs.</summary>
    public Body Within(Action parse)
    {
        var body = new Body();
        open.Add(body);
        level++;
        parse();
        level--;
        open.Remove(body);
        return body;
    }

    /// <summary>A block with a scope of its own, where an unknown filter is an error although the block stands in an if.</summary>
    public void Nested(Action parse)
    {
        level++;
        parse();
        level--;
    }

    public void Check(bool known, string message, int line)
    {
        if (!known)
        {
            unknown.Add((message, line, level));
        }
    }

    /// <summary>Drops what was found unknown since a checkpoint on this level: inside a condition it fails only when it is reached.</summary>
    public void Forgive(int checkpoint)
    {
        for (var i = unknown.Count - 1; i >= checkpoint; i--)
        {
            if (unknown[i].Level == level)
            {
                unknown.RemoveAt(i);
            }
        }
    }

    public void FailIfUnknown()
    {
        if (unknown.Count > 0)
        {
            throw TemplateException.Assertion(unknown[0].Message, unknown[0].Line);
        }
    }

    internal sealed class Body
    {
        public bool ReadsLoop { get; set; }

        public bool StoresLoop { get; set; }

        public bool ReadsCaller { get; set; }

        public bool ReadsKeywords { get; set; }

        public bool ReadsRest { get; set; }

        public bool HasClosure { get; set; }
    }
}
