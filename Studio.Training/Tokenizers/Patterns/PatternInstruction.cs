using Studio.Training.Tokenizers.Texts;

namespace Studio.Training.Tokenizers.Patterns;

internal enum PatternOp
{
    /// <summary>One code point equal to X.</summary>
    Char,

    /// <summary>One code point of Set.</summary>
    Set,

    /// <summary>As many of Set as there are, X at least and Y at most (-1: no bound); gives back one at a time.</summary>
    Run,

    /// <summary>As <see cref="Run"/>, gives nothing back.</summary>
    RunPossessive,

    /// <summary>As few of Set as possible, X at least and Y at most.</summary>
    RunLazy,

    /// <summary>Try X, then Y.</summary>
    Split,
    Jump,

    /// <summary>Go to X unless the next code point is of Set.</summary>
    Guard,

    /// <summary>Remember the place in register X.</summary>
    Save,

    /// <summary>Go to Y when nothing was read since register X was saved.</summary>
    Progress,
    BackReference,
    BackReferenceAnyCase,
    Anchor,

    /// <summary>The code up to Accept must match here (Y is 1 for negative); go on at X, the place unchanged.</summary>
    LookAhead,

    /// <summary>As <see cref="LookAhead"/>, ending here; the set of lengths is in Look.</summary>
    LookBehind,

    /// <summary>The code up to Accept, first match only; go on at X.</summary>
    Atomic,
    Accept,
}

/// <summary>One instruction; <see cref="Number"/> counts the places where a search branches.</summary>
internal struct PatternInstruction
{
    public PatternOp Op;
    public int X;
    public int Y;
    public int Low;
    public int High;
    public int Number;
    public CodePointSet? Set;
}
