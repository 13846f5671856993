namespace Studio.Training.Tokenizers.Patterns;

/// <summary>Reads <c>* + ? {n,m}</c> and how greedy they are; <c>{n,m}+</c> repeats the repetition, as in Ruby.</summary>
internal sealed class PatternRepeats(PatternCursor cursor)
{
    private const int MaxDepth = 200;
    private const int MaxRepeat = 100_000;

    /// <summary>True where a repetition follows; nothing is read.</summary>
    public bool Follow()
    {
        if (cursor.Peek() is '*' or '+' or '?')
        {
            return true;
        }

        var before = cursor.At;
        var result = cursor.Peek() == '{' && TakeBounds(out _, out _);
        cursor.At = before;
        return result;
    }

    /// <summary>What was read, repeated as often as the repetitions that follow it say.</summary>
    public PatternNode Of(PatternNode body)
    {
        for (var depth = 0; cursor.More; depth++)
        {
            if (depth > MaxDepth)
            {
                throw cursor.Error("too many repetitions of a repetition");
            }

            int min, max;
            var bounds = false;
            switch (cursor.Peek())
            {
                case '*': (min, max) = (0, -1); cursor.At++; break;
                case '+': (min, max) = (1, -1); cursor.At++; break;
                case '?': (min, max) = (0, 1); cursor.At++; break;
                case '{' when TakeBounds(out min, out max): bounds = true; break;
                default: return body;
            }

            if (body is PatternNode.Anchor)
            {
                // A place repeated is the place, or nothing at all.
                body = min == 0 ? new PatternNode.Sequence([]) : body;
            }

            var kind = RepeatKind.Greedy;
            if (cursor.Peek() == '?')
            {
                cursor.At++;
                kind = RepeatKind.Lazy;
            }
            else if (cursor.Peek() == '+' && !bounds)
            {
                cursor.At++;
                kind = RepeatKind.Possessive;
            }

            body = new PatternNode.Repeat(body, min, max, kind);
        }

        return body;
    }

    private bool TakeBounds(out int min, out int max)
    {
        var before = cursor.At;
        (min, max) = (0, 0);
        cursor.At++;
        var low = cursor.Number(MaxRepeat);
        var high = low;
        if (cursor.Peek() == ',')
        {
            cursor.At++;
            high = cursor.Number(MaxRepeat);
            if (low < 0 && high < 0)
            {
                cursor.At = before;
                return false;
            }

            low = Math.Max(low, 0);
        }
        else if (low < 0)
        {
            cursor.At = before;
            return false;
        }

        if (cursor.Peek() != '}')
        {
            cursor.At = before;
            return false;
        }

        cursor.At++;
        if (low > MaxRepeat || high > MaxRepeat)
        {
            throw cursor.Error("repeat count is too large");
        }

        (min, max) = high >= 0 && high < low ? (high, low) : (low, high);
        return true;
    }
}
