using Studio.Training.Tokenizers.Texts;

namespace Studio.Training.Tokenizers.Patterns;

/// <summary>
/// Runs a program over one text. Backtracking, with what failed remembered once a search takes long, so that time stays proportional to text times program;
/// patterns with back-references, which cannot be remembered, and loops of loops with large counts stop at a limit of steps.
/// </summary>
internal ref struct PatternMatcher
{
    private const long StepLimit = 30_000_000;
    private const int MaxMemoBits = 1 << 28;
    private readonly PatternProgram program;
    private readonly PatternInstruction[] code;
    private readonly ReadOnlySpan<int> text;
    private readonly int[] registers;
    private readonly long memoFrom;
    private PatternStack stack = new();
    private long steps;
    private int searchStart;
    private int depth;
    private int exactEnd = -1;

    // Null until the search takes long.
    private PatternMemory? memory;

    public PatternMatcher(PatternProgram program, ReadOnlySpan<int> text)
        : this(program, text, program.Registers > 2 ? new int[program.Registers] : [])
    {
        Array.Fill(registers, -1);
    }

    private PatternMatcher(PatternProgram program, ReadOnlySpan<int> text, int[] registers)
    {
        this.registers = registers;
        this.program = program;
        this.text = text;
        code = program.Code;
        memoFrom = 4096 + 16L * text.Length;
    }

    /// <summary>The first match at or after a place, or (-1, -1).</summary>
    public (int Start, int End) Find(int from)
    {
        for (var start = from; start <= text.Length; start++)
        {
            if (program.First is { } first)
            {
                while (start < text.Length && !first.Contains(text[start]))
                {
                    start++;
                }

                if (start == text.Length)
                {
                    break;
                }
            }

            searchStart = start;
            if (program.Groups > 0)
            {
                Array.Fill(registers, -1);
            }

            var end = Run(0, start);
            if (end >= 0)
            {
                stack.Clear();
                return (start, end);
            }
        }

        return (-1, -1);
    }

    private int Run(int pc, int at)
    {
        var floor = stack.Height;
        var exact = depth++ == 0 ? exactEnd : -1;
        while (true)
        {
            ref readonly var op = ref code[pc];
            switch (op.Op)
            {
                case PatternOp.Char:
                    if (at < text.Length && text[at] == op.X)
                    {
                        at++;
                        pc++;
                        continue;
                    }

                    break;
                case PatternOp.Set:
                    if (at < text.Length && op.Set!.Contains(text[at]))
                    {
                        at++;
                        pc++;
                        continue;
                    }

                    break;
                case PatternOp.Run:
                    {
                        if (Failed(2 * op.Number, at))
                        {
                            break;
                        }

                        var end = RunEnd(op, at);
                        var least = at + op.X;
                        if (end < least)
                        {
                            break;
                        }

                        if (memory is not null && op.Y < 0)
                        {
                            end = Math.Min(end, memory.FailedFrom(op.Number) - 1);
                            if (end < least)
                            {
                                break;
                            }
                        }

                        if (end > least)
                        {
                            stack.Push(pc, end - 1, least);
                        }

                        at = end;
                        pc++;
                        continue;
                    }

                case PatternOp.RunPossessive:
                    {
                        var end = Extent(op.Set!, at, op.Y);
                        steps += end - at;
                        if (end - at < op.X)
                        {
                            break;
                        }

                        at = end;
                        pc++;
                        continue;
                    }

                case PatternOp.RunLazy:
                    {
                        if (Failed(2 * op.Number, at))
                        {
                            break;
                        }

                        var end = Extent(op.Set!, at, op.X);
                        if (end - at < op.X)
                        {
                            break;
                        }

                        if (op.Y != op.X)
                        {
                            stack.Push(pc, end, op.Y < 0 ? int.MaxValue : at + op.Y);
                        }

                        at = end;
                        pc++;
                        continue;
                    }

                case PatternOp.Split:
                    if (Failed(2 * op.Number, at))
                    {
                        break;
                    }

                    stack.Push(pc, at, PatternFrame.Branch);
                    pc = op.X;
                    continue;
                case PatternOp.Jump:
                    pc = op.X;
                    continue;
                case PatternOp.Guard:
                    pc = at < text.Length && op.Set!.Contains(text[at]) ? pc + 1 : op.X;
                    continue;
                case PatternOp.Save:
                    stack.Push(~op.X, registers[op.X], PatternFrame.Branch);
                    registers[op.X] = at;
                    pc++;
                    continue;
                case PatternOp.Progress:
                    pc = registers[op.X] == at ? op.Y : pc + 1;
                    continue;
                case PatternOp.BackReference or PatternOp.BackReferenceAnyCase:
                    {
                        var length = PatternBackReference.Length(op, registers, text, at);
                        if (length < 0)
                        {
                            break;
                        }

                        at += length;
                        pc++;
                        continue;
                    }

                case PatternOp.Anchor:
                    if (PatternAnchors.Holds((AnchorKind)op.X, text, at, searchStart))
                    {
                        pc++;
                        continue;
                    }

                    break;
                case PatternOp.LookAhead:
                    if (Run(pc + 1, at) >= 0 != (op.Y != 0))
                    {
                        pc = op.X;
                        continue;
                    }

                    break;
                case PatternOp.LookBehind:
                    if (Behind(pc, op, at) != (op.Y != 0))
                    {
                        pc = op.X;
                        continue;
                    }

                    break;
                case PatternOp.Atomic:
                    {
                        var end = Run(pc + 1, at);
                        if (end < 0)
                        {
                            break;
                        }

                        at = end;
                        pc = op.X;
                        continue;
                    }

                case PatternOp.Accept:
                    if (exact >= 0 && at != exact)
                    {
                        break;
                    }

                    Keep(floor);
                    depth--;
                    return at;
            }

            if (!Pop(floor, ref pc, ref at))
            {
                depth--;
                return -1;
            }
        }
    }

    /// <summary>Drops the branches of a part that has matched, but not what it must undo if the whole fails.</summary>
    private void Keep(int floor)
    {
        memory?.TakeBack(floor);
        if (program.Registers > 2)
        {
            stack.KeepUndo(floor);
        }
        else
        {
            stack.Cut(floor);
        }
    }

    private bool Pop(int floor, ref int pc, ref int at)
    {
        while (true)
        {
            memory?.Settle(stack.Height);
            if (stack.Height <= floor)
            {
                return false;
            }

            Count();
            ref var frame = ref stack.Top;
            var place = frame.Place;
            if (frame.Target < 0)
            {
                registers[~frame.Target] = place;
                stack.Pop();
                continue;
            }

            ref readonly var op = ref code[frame.Target];
            if (frame.Last == PatternFrame.Branch)
            {
                (pc, at) = (op.Y, place);
                stack.Pop();
                if (Failed(2 * op.Number + 1, at))
                {
                    continue;
                }

                return true;
            }

            pc = frame.Target + 1;
            if (op.Op == PatternOp.RunLazy)
            {
                if (place >= frame.Last || place >= text.Length || !op.Set!.Contains(text[place]))
                {
                    stack.Pop();
                    continue;
                }

                at = place + 1;
                frame.Place = at;
                if (Failed(2 * op.Number + 1, at))
                {
                    // Whoever was here before has gone, or will go, as far as this one would.
                    if (op.Y < 0)
                    {
                        stack.Pop();
                    }

                    continue;
                }

                return true;
            }

            // A run gives one back.
            at = place;
            if (op.Y < 0)
            {
                memory?.GiveBack(op.Number, place);
            }

            if (place > frame.Last)
            {
                frame.Place = place - 1;
            }
            else
            {
                stack.Pop();
            }

            if (Failed(2 * op.Number + 1, at))
            {
                continue;
            }

            return true;
        }
    }

    private void Count()
    {
        if (++steps <= memoFrom)
        {
            return;
        }

        // Remembered or not, nested counted loops can still multiply.
        var remembers = program.Memoizable && PatternMemory.Bits(program, text.Length) <= MaxMemoBits;
        if (steps > StepLimit + (remembers ? 1000L : 64L) * text.Length)
        {
            throw new PatternTooSlowException();
        }

        if (remembers)
        {
            memory ??= new PatternMemory(program, text.Length);
        }
    }

    /// <summary>Whether a branch is known to fail at a place; if not, it is from now on unless it succeeds.</summary>
    private readonly bool Failed(int way, int at) => memory is not null && memory.Failed(way, at, stack.Height);

    private int RunEnd(in PatternInstruction op, int at)
    {
        if (memory is not null && op.Y < 0)
        {
            return memory.RunEnd(op, at, text, ref steps);
        }

        var end = Extent(op.Set!, at, op.Y);
        steps += end - at;
        return end;
    }

    /// <summary>Where code points of a set end that begin here, at most so many of them (-1: no bound).</summary>
    private readonly int Extent(CodePointSet set, int at, int most)
    {
        var last = most < 0 || most > text.Length - at ? text.Length : at + most;
        while (at < last && set.Contains(text[at]))
        {
            at++;
        }

        return at;
    }

    private bool Behind(int pc, in PatternInstruction op, int at)
    {
        if (op.Low == op.High)
        {
            return at >= op.Low && Run(pc + 1, at - op.Low) >= 0;
        }

        // Of varying length: each start is tried by a matcher of its own that accepts only at this place.
        var furthest = op.High < 0 ? 0 : Math.Max(0, at - op.High);
        for (var start = at - op.Low; start >= furthest; start--)
        {
            Count();
            var inner = new PatternMatcher(program, text, registers) { exactEnd = at, steps = steps, searchStart = searchStart };
            var found = inner.Run(pc + 1, start) >= 0;
            steps = inner.steps;
            if (found)
            {
                return true;
            }
        }

        return false;
    }
}
