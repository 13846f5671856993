namespace Studio.Training.Tokenizers.Patterns;

/// <summary>A way to come back to.</summary>
internal struct PatternFrame
{
    /// <summary>Value of <see cref="Last"/> for a branch that is no run.</summary>
    public const int Branch = -1;

    /// <summary>The instruction that branched, or the complement of a register to set back.</summary>
    public int Target;

    /// <summary>Where to go on, or what the register held.</summary>
    public int Place;

    /// <summary>Last place that a run may end at.</summary>
    public int Last;
}

/// <summary>The ways that a search can come back to, newest on top.</summary>
internal struct PatternStack()
{
    private PatternFrame[] frames = [];

    public int Height { get; private set; }

    /// <summary>Of a stack that is not empty.</summary>
    public readonly ref PatternFrame Top => ref frames[Height - 1];

    public void Push(int target, int place, int last)
    {
        if (Height == frames.Length)
        {
            Array.Resize(ref frames, Math.Max(32, frames.Length * 2));
        }

        frames[Height++] = new PatternFrame { Target = target, Place = place, Last = last };
    }

    public void Pop() => Height--;

    public void Clear() => Height = 0;

    public void Cut(int height) => Height = height;

    /// <summary>Drops the branches above a height, but not the registers to set back.</summary>
    public void KeepUndo(int height)
    {
        var to = height;
        for (var i = height; i < Height; i++)
        {
            if (frames[i].Target < 0)
            {
                frames[to++] = frames[i];
            }
        }

        Height = to;
    }
}
