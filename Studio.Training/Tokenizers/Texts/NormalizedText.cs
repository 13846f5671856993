namespace Studio.Training.Tokenizers.Texts;

/// <summary>
/// A text after some normalisation, and for each of its code points the range of the original text (in code points) that it stands for. Immutable: a change makes a new one.
/// </summary>
internal sealed class NormalizedText
{
    // Null means that code point i stands for [Origin + i, Origin + i + 1): the common case costs no memory.
    private readonly int[]? starts;
    private readonly int[]? ends;

    public NormalizedText(int[] codePoints, int origin = 0)
    {
        CodePoints = codePoints;
        Origin = origin;
    }

    public NormalizedText(int[] codePoints, int[] starts, int[] ends, int origin)
    {
        CodePoints = codePoints;
        this.starts = starts;
        this.ends = ends;
        Origin = origin;
    }

    public int[] CodePoints { get; }

    /// <summary>Where in the original text this text begins.</summary>
    public int Origin { get; }

    public int Length => CodePoints.Length;

    public ReadOnlySpan<int> Span(int start, int length) => CodePoints.AsSpan(start, length);

    public int StartOf(int index) => starts is null ? Origin + index : starts[index];

    public int EndOf(int index) => ends is null ? Origin + index + 1 : ends[index];

    public NormalizedText Slice(int start, int length)
    {
        if (start == 0 && length == Length)
        {
            return this;
        }

        var origin = length > 0 ? StartOf(start) : Origin;
        return starts is null
            ? new NormalizedText(CodePoints.AsSpan(start, length).ToArray(), origin)
            : new NormalizedText(CodePoints.AsSpan(start, length).ToArray(), starts.AsSpan(start, length).ToArray(), ends!.AsSpan(start, length).ToArray(), origin);
    }

    /// <summary>
    /// Collects a changed text. Each code point says how many were added or taken away there: 0 replaces one, 1 is inserted and shares the range of the one before it,
    /// -n replaces one and removes the n that follow. The range of a replaced code point stays that of the first one it replaces.
    /// </summary>
    public sealed class Change(NormalizedText source, int capacity)
    {
        private readonly List<int> codePoints = new(capacity);
        private readonly List<int> starts = new(capacity);
        private readonly List<int> ends = new(capacity);
        private int at;

        /// <summary>Drops code points at the place reached.</summary>
        public void Remove(int count) => at += count;

        public void Add(int codePoint, int change)
        {
            codePoints.Add(codePoint);
            if (change > 0)
            {
                starts.Add(at < 1 ? source.Origin : source.StartOf(at - 1));
                ends.Add(at < 1 ? source.Origin : source.EndOf(at - 1));
                return;
            }

            // A change list that removes more than there is reads past the end: the last range is the sensible answer.
            var place = Math.Min(at, source.Length - 1);
            starts.Add(place < 0 ? source.Origin : source.StartOf(place));
            ends.Add(place < 0 ? source.Origin : source.EndOf(place));
            at += 1 - change;
        }

        /// <summary>Copies a stretch as it is; the place reached must be <paramref name="start"/>.</summary>
        public void Copy(int start, int end)
        {
            for (var i = start; i < end; i++)
            {
                Add(source.CodePoints[i], 0);
            }
        }

        public NormalizedText Done() => new([.. codePoints], [.. starts], [.. ends], source.Origin);
    }

    /// <summary>The same text with another code point in each place; null when nothing changes is left to the caller.</summary>
    public NormalizedText WithCodePoints(int[] changed) => starts is null ? new(changed, Origin) : new(changed, starts, ends!, Origin);

    /// <summary>The text without the code points that <paramref name="keep"/> refuses.</summary>
    public NormalizedText Filter(Func<int, bool> keep)
    {
        if (Array.TrueForAll(CodePoints, c => keep(c)))
        {
            return this;
        }

        var change = new Change(this, Length);
        for (var i = 0; i < Length; i++)
        {
            if (keep(CodePoints[i]))
            {
                change.Add(CodePoints[i], 0);
            }
            else
            {
                change.Remove(1);
            }
        }

        return change.Done();
    }

    public NormalizedText Map(Func<int, int> map)
    {
        int[]? changed = null;
        for (var i = 0; i < Length; i++)
        {
            var c = map(CodePoints[i]);
            if (c != CodePoints[i])
            {
                changed ??= (int[])CodePoints.Clone();
                changed[i] = c;
            }
        }

        return changed is null ? this : WithCodePoints(changed);
    }

    /// <summary>The text with something in front that takes the range of its first code point; an empty text stays empty.</summary>
    public NormalizedText Prepend(ReadOnlySpan<int> prefix)
    {
        if (Length == 0 || prefix.Length == 0)
        {
            return this;
        }

        var change = new Change(this, Length + prefix.Length);
        for (var i = 0; i < prefix.Length; i++)
        {
            change.Add(prefix[i], i == 0 ? 0 : 1);
        }

        change.Add(CodePoints[0], 1);
        change.Copy(1, Length);
        return change.Done();
    }
}
