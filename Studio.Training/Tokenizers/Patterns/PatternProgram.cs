using Studio.Training.Tokenizers.Texts;

namespace Studio.Training.Tokenizers.Patterns;

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
        var program = new PatternProgram(PatternShape.HasBackReference(tree) ? groups : 0);
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

        program.First = PatternShape.FirstOf(tree) is { Nullable: false } first ? first.Set : null;
        return program;
    }

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
                    (changed.Low, changed.High) = PatternShape.Width(look.Body);
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

            var guard = PatternShape.FirstOf(choice) is { Nullable: false, Set: var set } ? Add(PatternOp.Guard, set: set) : -1;
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
        if (PatternShape.Single(repeat.Body) is { } set)
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
            var nullable = PatternShape.FirstOf(repeat.Body).Nullable;
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
}
