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

/// <summary>A compiled regular expression: code for a backtracking matcher, laid out so that single-character loops and alternatives that cannot begin here cost nothing.</summary>
internal sealed class PatternProgram
{
    private const int MaxInstructions = 100_000;
    private readonly List<PatternInstruction> code = [];
    private int registers;

    private PatternProgram(int groups)
    {
        registers = 2 * (groups + 1);
        Groups = groups;
    }

    public PatternInstruction[] Code { get; private set; } = [];

    public int Registers => registers;

    public int Groups { get; }

    /// <summary>Number of branching instructions.</summary>
    public int Branches { get; private set; }

    /// <summary>False when a back-reference or <c>\G</c> makes the outcome at a place depend on how it was reached.</summary>
    public bool Memoizable { get; private set; } = true;

    /// <summary>What a match can begin with; null when it can be empty or begins with anything.</summary>
    public CodePointSet? First { get; private set; }

    public static PatternProgram Compile(string pattern)
    {
        var (tree, groups) = PatternParser.Parse(pattern);

        // Groups that no back-reference names need not be remembered.
        var program = new PatternProgram(Names(tree) ? groups : 0);
        program.Emit(tree);
        program.Add(PatternOp.Accept);
        program.Code = [.. program.code];
        for (var i = 0; i < program.Code.Length; i++)
        {
            if (program.Code[i].Op is PatternOp.Split or PatternOp.Run or PatternOp.RunLazy)
            {
                program.Code[i].Number = program.Branches++;
            }
        }

        program.First = FirstOf(tree) is { Nullable: false } first ? first.Set : null;
        return program;
    }

    private static bool Names(PatternNode node) => node switch
    {
        PatternNode.BackReference => true,
        PatternNode.Sequence sequence => sequence.Parts.Any(Names),
        PatternNode.Alternation alternation => alternation.Choices.Any(Names),
        PatternNode.Repeat repeat => Names(repeat.Body),
        PatternNode.Capture capture => Names(capture.Body),
        PatternNode.Atomic atomic => Names(atomic.Body),
        PatternNode.Look look => Names(look.Body),
        _ => false,
    };

    private int Add(PatternOp op, int x = 0, int y = 0, CodePointSet? set = null)
    {
        if (code.Count >= MaxInstructions)
        {
            throw new FormatException("regular expression is too large");
        }

        code.Add(new PatternInstruction { Op = op, X = x, Y = y, Set = set });
        return code.Count - 1;
    }

    private void SetX(int instruction, int x)
    {
        var changed = code[instruction];
        changed.X = x;
        code[instruction] = changed;
    }

    private void SetY(int instruction, int y)
    {
        var changed = code[instruction];
        changed.Y = y;
        code[instruction] = changed;
    }

    private void Emit(PatternNode node)
    {
        switch (node)
        {
            case PatternNode.Literal literal:
                EmitLiteral(literal);
                break;
            case PatternNode.Set set:
                Add(PatternOp.Set, set: set.Members);
                break;
            case PatternNode.Sequence sequence:
                foreach (var part in sequence.Parts)
                {
                    Emit(part);
                }

                break;
            case PatternNode.Alternation alternation:
                EmitAlternation(alternation);
                break;
            case PatternNode.Repeat repeat:
                EmitRepeat(repeat);
                break;
            case PatternNode.Capture capture:
                if (Groups == 0)
                {
                    Emit(capture.Body);
                    break;
                }

                Add(PatternOp.Save, 2 * capture.Number);
                Emit(capture.Body);
                Add(PatternOp.Save, 2 * capture.Number + 1);
                break;
            case PatternNode.BackReference reference:
                Memoizable = false;
                Add(reference.IgnoreCase ? PatternOp.BackReferenceAnyCase : PatternOp.BackReference, reference.Number);
                break;
            case PatternNode.Anchor anchor:
                Memoizable &= anchor.Kind != AnchorKind.SearchStart;
                Add(PatternOp.Anchor, (int)anchor.Kind);
                break;
            case PatternNode.Atomic atomic:
                EmitInner(PatternOp.Atomic, atomic.Body, 0);
                break;
            case PatternNode.Look look:
                var at = EmitInner(look.Behind ? PatternOp.LookBehind : PatternOp.LookAhead, look.Body, look.Negative ? 1 : 0);
                if (look.Behind)
                {
                    var changed = code[at];
                    (changed.Low, changed.High) = Width(look.Body);
                    code[at] = changed;
                }

                break;
        }
    }

    private int EmitInner(PatternOp op, PatternNode body, int y)
    {
        var at = Add(op, 0, y);
        Emit(body);
        Add(PatternOp.Accept);
        SetX(at, code.Count);
        return at;
    }

    private void EmitLiteral(PatternNode.Literal literal)
    {
        if (!literal.IgnoreCase)
        {
            foreach (var c in literal.CodePoints)
            {
                Add(PatternOp.Char, c);
            }

            return;
        }

        // In any case: the folded letters, and at each place whatever single letter folds to several of them (ß for ss).
        var folded = literal.CodePoints.SelectMany(CaseFolding.Full).ToArray();
        var jumps = new List<(int Instruction, int Target)>();
        var begins = new int[folded.Length + 1];
        for (var i = 0; i < folded.Length; i++)
        {
            begins[i] = code.Count;
            foreach (var (letter, expansion) in CaseFolding.Expanding)
            {
                if (folded.AsSpan(i).StartsWith(expansion))
                {
                    var split = Add(PatternOp.Split);
                    SetX(split, code.Count);
                    Add(PatternOp.Char, letter);
                    jumps.Add((Add(PatternOp.Jump), i + expansion.Length));
                    SetY(split, code.Count);
                }
            }

            Add(PatternOp.Set, set: CaseFolding.Equivalents(folded[i]));
        }

        begins[folded.Length] = code.Count;
        foreach (var (instruction, target) in jumps)
        {
            SetX(instruction, begins[target]);
        }
    }

    private void EmitAlternation(PatternNode.Alternation alternation)
    {
        var ends = new List<int>();
        for (var i = 0; i < alternation.Choices.Count; i++)
        {
            var choice = alternation.Choices[i];
            if (i == alternation.Choices.Count - 1)
            {
                Emit(choice);
                break;
            }

            var guard = FirstOf(choice) is { Nullable: false, Set: var set } ? Add(PatternOp.Guard, set: set) : -1;
            var split = Add(PatternOp.Split);
            SetX(split, code.Count);
            Emit(choice);
            ends.Add(Add(PatternOp.Jump));
            SetY(split, code.Count);
            if (guard >= 0)
            {
                SetX(guard, code.Count);
            }
        }

        foreach (var end in ends)
        {
            SetX(end, code.Count);
        }
    }

    private void EmitRepeat(PatternNode.Repeat repeat)
    {
        if (Single(repeat.Body) is { } set)
        {
            Add(repeat.Kind switch { RepeatKind.Greedy => PatternOp.Run, RepeatKind.Possessive => PatternOp.RunPossessive, _ => PatternOp.RunLazy }, repeat.Min, repeat.Max, set);
            return;
        }

        if (repeat.Kind == RepeatKind.Possessive)
        {
            EmitInner(PatternOp.Atomic, repeat with { Kind = RepeatKind.Greedy }, 0);
            return;
        }

        for (var i = 0; i < repeat.Min; i++)
        {
            Emit(repeat.Body);
        }

        var lazy = repeat.Kind == RepeatKind.Lazy;
        if (repeat.Max < 0)
        {
            var nullable = FirstOf(repeat.Body).Nullable;
            var register = nullable ? registers++ : -1;
            var loop = Add(PatternOp.Split);
            if (nullable)
            {
                Add(PatternOp.Save, register);
            }

            Emit(repeat.Body);
            var progress = nullable ? Add(PatternOp.Progress, register) : -1;
            Add(PatternOp.Jump, loop);
            SetBranch(loop, loop + 1, code.Count, lazy);
            if (nullable)
            {
                SetY(progress, code.Count);
            }

            return;
        }

        var splits = new List<int>();
        for (var i = repeat.Min; i < repeat.Max; i++)
        {
            splits.Add(Add(PatternOp.Split));
            Emit(repeat.Body);
        }

        foreach (var split in splits)
        {
            SetBranch(split, split + 1, code.Count, lazy);
        }
    }

    private void SetBranch(int split, int enter, int leave, bool lazy)
    {
        SetX(split, lazy ? leave : enter);
        SetY(split, lazy ? enter : leave);
    }

    private static CodePointSet? Single(PatternNode node) => node switch
    {
        PatternNode.Set set => set.Members,
        PatternNode.Literal { CodePoints.Length: 1, IgnoreCase: false } literal => CodePointSet.Of(literal.CodePoints[0]),
        PatternNode.Literal { CodePoints.Length: 1 } literal when CaseFolding.Full(literal.CodePoints[0]).Length == 1 => CaseFolding.Equivalents(literal.CodePoints[0]),
        PatternNode.Sequence { Parts: [var only] } => Single(only),

        // One of two sets, or a look ahead at a set and then a set: a set again.
        PatternNode.Alternation alternation when alternation.Choices.All(choice => Single(choice) is not null) => alternation.Choices.Select(choice => Single(choice)!).Aggregate((a, b) => a.Union(b)),
        PatternNode.Sequence { Parts: [PatternNode.Look { Behind: false } look, var last] } when Single(look.Body) is { } seen && Single(last) is { } read => read.Intersect(look.Negative ? seen.Complement() : seen),
        _ => null,
    };

    /// <summary>What a node can begin with; nullable when it can match without reading.</summary>
    private static (CodePointSet Set, bool Nullable) FirstOf(PatternNode node)
    {
        switch (node)
        {
            case PatternNode.Literal { IgnoreCase: false } literal:
                return (CodePointSet.Of(literal.CodePoints[0]), false);
            case PatternNode.Literal literal:
                {
                    var folded = literal.CodePoints.SelectMany(CaseFolding.Full).ToArray();
                    var set = CaseFolding.Equivalents(folded[0]);
                    foreach (var (letter, expansion) in CaseFolding.Expanding)
                    {
                        if (folded.AsSpan().StartsWith(expansion))
                        {
                            set = set.Union(CodePointSet.Of(letter));
                        }
                    }

                    return (set, false);
                }

            case PatternNode.Set set:
                return (set.Members, false);
            case PatternNode.Sequence sequence:
                {
                    var set = CodePointSet.Empty;
                    foreach (var part in sequence.Parts)
                    {
                        var (first, nullable) = FirstOf(part);
                        set = set.Union(first);
                        if (!nullable)
                        {
                            return (set, false);
                        }
                    }

                    return (set, true);
                }

            case PatternNode.Alternation alternation:
                {
                    var set = CodePointSet.Empty;
                    var any = false;
                    foreach (var choice in alternation.Choices)
                    {
                        var (first, nullable) = FirstOf(choice);
                        set = set.Union(first);
                        any |= nullable;
                    }

                    return (set, any);
                }

            case PatternNode.Repeat repeat:
                {
                    var (first, nullable) = FirstOf(repeat.Body);
                    return (first, nullable || repeat.Min == 0);
                }

            case PatternNode.Capture capture:
                return FirstOf(capture.Body);
            case PatternNode.Atomic atomic:
                return FirstOf(atomic.Body);
            default:
                return (CodePointSet.Empty, true);
        }
    }

    /// <summary>Fewest and most code points that a node reads; most is -1 where there is no bound.</summary>
    private static (int Low, int High) Width(PatternNode node)
    {
        switch (node)
        {
            case PatternNode.Literal { IgnoreCase: false } literal:
                return (literal.CodePoints.Length, literal.CodePoints.Length);
            case PatternNode.Literal literal:
                return (1, literal.CodePoints.Sum(c => CaseFolding.Full(c).Length));
            case PatternNode.Set:
                return (1, 1);
            case PatternNode.Sequence sequence:
                return sequence.Parts.Select(Width).Aggregate((Low: 0, High: 0), (sum, part) => (Cap(sum.Low, part.Low), sum.High < 0 || part.High < 0 ? -1 : Cap(sum.High, part.High)));
            case PatternNode.Alternation alternation:
                {
                    var widths = alternation.Choices.Select(Width).ToList();
                    return (widths.Min(w => w.Low), widths.Exists(w => w.High < 0) ? -1 : widths.Max(w => w.High));
                }

            case PatternNode.Repeat repeat:
                {
                    var (low, high) = Width(repeat.Body);
                    return ((int)Math.Min((long)low * repeat.Min, 1 << 20), high < 0 || repeat.Max < 0 ? -1 : (int)Math.Min((long)high * repeat.Max, 1 << 20));
                }

            case PatternNode.Capture capture:
                return Width(capture.Body);
            case PatternNode.Atomic atomic:
                return Width(atomic.Body);
            case PatternNode.BackReference:
                return (0, -1);
            default:
                return (0, 0);
        }
    }

    private static int Cap(int a, int b) => Math.Min(a + b, 1 << 20);
}
