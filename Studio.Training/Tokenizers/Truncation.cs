namespace Studio.Training.Tokenizers;

/// <summary>The <c>truncation</c> section of a tokenizer.json: how long an encoding may be, and which text gives way.</summary>
internal sealed record Truncation(int MaxLength, int Stride, TruncationStrategy Strategy, bool Left)
{
    public static Truncation? Read(JsonField field)
    {
        if (field.IsNull)
        {
            return null;
        }

        var strategy = field["strategy"];
        return new Truncation(
            field["max_length"].AsInt(512),
            field["stride"].AsInt(0),
            strategy.AsOptionalString() switch
            {
                null or "LongestFirst" => TruncationStrategy.LongestFirst,
                "OnlyFirst" => TruncationStrategy.OnlyFirst,
                "OnlySecond" => TruncationStrategy.OnlySecond,
                var other => throw strategy.Error($"unknown strategy '{other}'"),
            },
            Direction.IsLeft(field["direction"]));
    }

    /// <summary>Cuts one or two texts so that they and the tokens that the template adds fit.</summary>
    public (Encoded First, Encoded? Second) Cut(Encoded first, Encoded? second, int added)
    {
        var limit = MaxLength - added;
        if (limit < 0)
        {
            throw new TokenizationException($"the template adds {added} tokens, more than the longest encoding may have ({MaxLength})");
        }

        if (limit == 0)
        {
            return (first.Truncate(0, Stride, Left), second?.Truncate(0, Stride, Left));
        }

        var total = first.Length + (second?.Length ?? 0);
        if (total <= limit)
        {
            return (first, second);
        }

        switch (Strategy)
        {
            case TruncationStrategy.LongestFirst when second is null:
                return (first.Truncate(limit, Stride, Left), null);
            case TruncationStrategy.LongestFirst:
                var (shorter, longer) = (Math.Min(first.Length, second!.Length), Math.Max(first.Length, second.Length));
                longer = shorter > limit ? shorter : Math.Max(shorter, limit - shorter);
                if (shorter + longer > limit)
                {
                    shorter = limit / 2;
                    longer = shorter + limit % 2;
                }

                return first.Length > second.Length
                    ? (first.Truncate(longer, Stride, Left), second.Truncate(shorter, Stride, Left))
                    : (first.Truncate(shorter, Stride, Left), second.Truncate(longer, Stride, Left));
            case TruncationStrategy.OnlyFirst:
                return (Only(first, total - limit), second);
            default:
                return second is null ? throw new TokenizationException("Truncation error: Second sequence not provided") : (first, Only(second, total - limit));
        }
    }

    private Encoded Only(Encoded target, int excess) => target.Length > excess
        ? target.Truncate(target.Length - excess, Stride, Left)
        : throw new TokenizationException("Truncation error: Sequence to truncate too short to respect the provided max_length");
}

/// <summary>Which text is cut: the longer one, or always the same.</summary>
internal enum TruncationStrategy
{
    LongestFirst,
    OnlyFirst,
    OnlySecond,
}

/// <summary>Reads <c>direction</c> of truncation and padding.</summary>
internal static class Direction
{
    public static bool IsLeft(JsonField field) => field.AsOptionalString() switch
    {
        null or "Right" => false,
        "Left" => true,
        var other => throw field.Error($"unknown direction '{other}'"),
    };
}
