namespace Studio.Training.Tokenizers.Patterns;

/// <summary>What is known to fail in one text, so that a search that takes long tries nothing twice.</summary>
internal sealed class PatternMemory
{
    private readonly int places;

    // Two bits for each branch and place: entered, and its second way.
    private readonly ulong[] failed;
    private readonly KnownRun[] runs;

    // Marks of branches still being tried, with their stack height.
    private (long Bit, int Height)[] trying = [];
    private int tryingCount;

    private struct KnownRun
    {
        public int Start;
        public int End;
        public int FailedFrom;
    }

    public PatternMemory(PatternProgram program, int length)
    {
        places = length + 1;
        failed = new ulong[(Bits(program, length) >> 6) + 1];
        runs = new KnownRun[Math.Max(1, program.Branches)];
        Array.Fill(runs, new KnownRun { Start = -1, End = -1, FailedFrom = int.MaxValue });
    }

    /// <summary>Bits that remembering takes for a text of so many code points.</summary>
    public static long Bits(PatternProgram program, int length) => 2L * Math.Max(1, program.Branches) * (length + 1);

    /// <summary>Whether a way is known to fail at a place; if not, it is from now on unless it succeeds.</summary>
    /// <param name="way">Twice the number of the branch, and one more for its second way.</param>
    /// <param name="height">Of the stack while it is tried.</param>
    public bool Failed(int way, int at, int height)
    {
        var bit = (long)way * places + at;
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

        trying[tryingCount++] = (bit, height);
        return false;
    }

    /// <summary>Branches at this height or above have failed for good.</summary>
    public void Settle(int height)
    {
        while (tryingCount > 0 && trying[tryingCount - 1].Height >= height)
        {
            tryingCount--;
        }
    }

    /// <summary>Branches at this height or above have succeeded: their marks are taken back.</summary>
    public void TakeBack(int height)
    {
        while (tryingCount > 0 && trying[tryingCount - 1].Height >= height)
        {
            var bit = trying[--tryingCount].Bit;
            failed[bit >> 6] &= ~(1UL << (int)(bit & 63));
        }
    }

    /// <summary>First place behind a run from which on everything has failed.</summary>
    public int FailedFrom(int branch) => runs[branch].FailedFrom;

    /// <summary>A run ends one earlier, at <paramref name="place"/>: the place behind it has failed for all that come back there.</summary>
    public void GiveBack(int branch, int place)
    {
        if (runs[branch].FailedFrom == place + 2)
        {
            runs[branch].FailedFrom = place + 1;
        }
    }

    /// <summary>Where a run without a bound ends; read once, however often it is entered.</summary>
    public int RunEnd(in PatternInstruction op, int at, ReadOnlySpan<int> text, ref long steps)
    {
        ref var run = ref runs[op.Number];
        if (at >= run.Start && at <= run.End && run.Start >= 0)
        {
            return run.End;
        }

        var set = op.Set!;
        var last = at;
        var stop = run.Start > at ? run.Start : text.Length;
        while (last < stop && set.Contains(text[last]))
        {
            last++;
        }

        steps += last - at;
        if (last == run.Start)
        {
            // The run known already, seen from further left: what failed behind it still fails.
            run.Start = at;
            return run.End;
        }

        run = new KnownRun { Start = at, End = last, FailedFrom = last + 1 };
        return last;
    }
}
