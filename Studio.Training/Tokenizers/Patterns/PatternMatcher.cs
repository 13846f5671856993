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

    // Frames of three numbers: instruction (or ~register), place, and the last place of a run (-1: a plain branch).
    private int[] stack;
    private int top;
    private long steps;
    private int searchStart;
    private int depth;
    private int exactEnd = -1;

    // What is known to fail, two bits (entered, second way) for each branch and place. Marks of branches still being tried are listed with their stack height, to be taken back if they succeed.
    private ulong[]? failed;
    private RunMemory[]? runs;
    private (long Bit, int Height)[] trying = [];
    private int tryingCount;

    private struct RunMemory
    {
        public int Start;
        public int End;
        public int FailedFrom;
    }

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
        stack = [];
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
                top = 0;
                return (start, end);
            }
        }

        return (-1, -1);
    }

    private int Run(int pc, int at)
    {
        var floor = top;
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
                        if (failed is not null && Failed(2 * op.Number, at))
                        {
                            break;
                        }

                        var end = RunEnd(op, at);
                        var least = at + op.X;
                        if (end < least)
                        {
                            break;
                        }

                        if (failed is not null && op.Y < 0)
                        {
                            end = Math.Min(end, runs![op.Number].FailedFrom - 1);
                            if (end < least)
                            {
                                break;
                            }
                        }

                        if (end > least)
                        {
                            Push(pc, end - 1, least);
                        }

                        at = end;
                        pc++;
                        continue;
                    }

                case PatternOp.RunPossessive:
                    {
                        var most = op.Y < 0 ? text.Length : Math.Min(text.Length, at + op.Y);
                        var end = at;
                        var set = op.Set!;
                        while (end < most && set.Contains(text[end]))
                        {
                            end++;
                        }

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
                        if (failed is not null && Failed(2 * op.Number, at))
                        {
                            break;
                        }

                        var end = at;
                        while (end - at < op.X && end < text.Length && op.Set!.Contains(text[end]))
                        {
                            end++;
                        }

                        if (end - at < op.X)
                        {
                            break;
                        }

                        if (op.Y != op.X)
                        {
                            Push(pc, end, op.Y < 0 ? int.MaxValue : at + op.Y);
                        }

                        at = end;
                        pc++;
                        continue;
                    }

                case PatternOp.Split:
                    if (failed is not null && Failed(2 * op.Number, at))
                    {
                        break;
                    }

                    Push(pc, at, -1);
                    pc = op.X;
                    continue;
                case PatternOp.Jump:
                    pc = op.X;
                    continue;
                case PatternOp.Guard:
                    pc = at < text.Length && op.Set!.Contains(text[at]) ? pc + 1 : op.X;
                    continue;
                case PatternOp.Save:
                    Push(~op.X, registers[op.X], -1);
                    registers[op.X] = at;
                    pc++;
                    continue;
                case PatternOp.Progress:
                    pc = registers[op.X] == at ? op.Y : pc + 1;
                    continue;
                case PatternOp.BackReference or PatternOp.BackReferenceAnyCase:
                    {
                        var length = BackReferenceLength(op, at);
                        if (length < 0)
                        {
                            break;
                        }

                        at += length;
                        pc++;
                        continue;
                    }

                case PatternOp.Anchor:
                    if (Holds((AnchorKind)op.X, at))
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
        while (tryingCount > 0 && trying[tryingCount - 1].Height >= floor)
        {
            var bit = trying[--tryingCount].Bit;
            failed![bit >> 6] &= ~(1UL << (int)(bit & 63));
        }

        if (program.Registers <= 2)
        {
            top = floor;
            return;
        }

        var to = floor;
        for (var i = floor; i < top; i += 3)
        {
            if (stack[i] < 0)
            {
                stack[to] = stack[i];
                stack[to + 1] = stack[i + 1];
                stack[to + 2] = stack[i + 2];
                to += 3;
            }
        }

        top = to;
    }

    private bool Pop(int floor, ref int pc, ref int at)
    {
        while (true)
        {
            while (tryingCount > 0 && trying[tryingCount - 1].Height >= top)
            {
                tryingCount--;
            }

            if (top <= floor)
            {
                return false;
            }

            Count();
            ref var frame = ref stack[top - 3];
            var place = stack[top - 2];
            var bound = stack[top - 1];
            if (frame < 0)
            {
                registers[~frame] = place;
                top -= 3;
                continue;
            }

            if (bound < 0)
            {
                var number = code[frame].Number;
                pc = code[frame].Y;
                at = place;
                top -= 3;
                if (Failed(2 * number + 1, at))
                {
                    continue;
                }

                return true;
            }

            ref readonly var op = ref code[frame];
            pc = frame + 1;
            if (op.Op == PatternOp.RunLazy)
            {
                if (place >= bound || place >= text.Length || !op.Set!.Contains(text[place]))
                {
                    top -= 3;
                    continue;
                }

                at = place + 1;
                stack[top - 2] = at;
                if (Failed(2 * op.Number + 1, at))
                {
                    // Whoever was here before has gone, or will go, as far as this one would.
                    if (op.Y < 0)
                    {
                        top -= 3;
                    }

                    continue;
                }

                return true;
            }

            // A run gives one back: the place after it has failed for all that come back here.
            at = place;
            if (failed is not null && op.Y < 0 && runs![op.Number].FailedFrom == place + 2)
            {
                runs[op.Number].FailedFrom = place + 1;
            }

            if (place > bound)
            {
                stack[top - 2] = place - 1;
            }
            else
            {
                top -= 3;
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
        var memory = program.Memoizable && 2L * Math.Max(1, program.Branches) * (text.Length + 1) <= MaxMemoBits;
        if (steps > StepLimit + (memory ? 1000L : 64L) * text.Length)
        {
            throw new PatternTooSlowException();
        }

        if (!memory)
        {
            return;
        }

        if (failed is null)
        {
            failed = new ulong[(2L * Math.Max(1, program.Branches) * (text.Length + 1) >> 6) + 1];
            runs = new RunMemory[Math.Max(1, program.Branches)];
            Array.Fill(runs, new RunMemory { Start = -1, End = -1, FailedFrom = int.MaxValue });
        }
    }

    /// <summary>Whether a branch is known to fail at a place; if not, it is from now on unless it succeeds.</summary>
    private bool Failed(int number, int at)
    {
        if (failed is null)
        {
            return false;
        }

        var bit = (long)number * (text.Length + 1) + at;
        ref var word = ref failed[bit >> 6];
        var mask = 1UL << (int)(bit & 63);
        if ((word & mask) != 0)
        {
            return true;
        }

        word |= mask;
        if (tryingCount == trying.Length)
        {
            Array.Resize(ref trying, Math.Max(64, trying.Length * 2));
        }

        trying[tryingCount++] = (bit, top);
        return false;
    }

    private int RunEnd(in PatternInstruction op, int at)
    {
        var set = op.Set!;
        if (failed is not null && op.Y < 0)
        {
            ref var memory = ref runs![op.Number];
            if (at >= memory.Start && at <= memory.End && memory.Start >= 0)
            {
                return memory.End;
            }

            var last = at;
            var stop = memory.Start > at ? memory.Start : text.Length;
            while (last < stop && set.Contains(text[last]))
            {
                last++;
            }

            if (last == memory.Start)
            {
                // The run known already, seen from further left: what failed behind it still fails.
                steps += last - at;
                memory.Start = at;
                return memory.End;
            }

            steps += last - at;
            memory = new RunMemory { Start = at, End = last, FailedFrom = last + 1 };
            return last;
        }

        var most = op.Y < 0 || op.Y > text.Length - at ? text.Length : at + op.Y;
        var end = at;
        while (end < most && set.Contains(text[end]))
        {
            end++;
        }

        steps += end - at;
        return end;
    }

    private void Push(int a, int b, int c)
    {
        if (top + 3 > stack.Length)
        {
            Array.Resize(ref stack, Math.Max(96, stack.Length * 2));
        }

        stack[top] = a;
        stack[top + 1] = b;
        stack[top + 2] = c;
        top += 3;
    }

    private readonly int BackReferenceLength(in PatternInstruction op, int at)
    {
        var (start, end) = (registers[2 * op.X], registers[2 * op.X + 1]);
        if (start < 0 || end < start || end - start > text.Length - at)
        {
            return -1;
        }

        for (var i = 0; i < end - start; i++)
        {
            var (a, b) = (text[start + i], text[at + i]);
            if (a != b && (op.Op == PatternOp.BackReference || CaseFolding.Simple(a) != CaseFolding.Simple(b)))
            {
                return -1;
            }
        }

        return end - start;
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

    private readonly bool Holds(AnchorKind kind, int at) => kind switch
    {
        AnchorKind.LineStart => at == 0 || text[at - 1] == '\n' && at < text.Length,
        AnchorKind.LineEnd => at == text.Length || text[at] == '\n',
        AnchorKind.TextStart => at == 0,
        AnchorKind.TextEnd => at == text.Length,
        AnchorKind.TextEndOrFinalNewline => at == text.Length || at == text.Length - 1 && text[at] == '\n',
        AnchorKind.WordBoundary => IsBoundary(at),
        AnchorKind.NotWordBoundary => !IsBoundary(at),
        _ => at == searchStart,
    };

    private readonly bool IsBoundary(int at) => (at > 0 && UnicodeClasses.IsRegexWord(text[at - 1])) != (at < text.Length && UnicodeClasses.IsRegexWord(text[at]));
}
