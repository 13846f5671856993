namespace Studio.Training.Tokenizers;

/// <summary>An encoding while it is put together: cut, wrapped in a template, joined and padded.</summary>
internal sealed class Encoded
{
    public List<int> Ids { get; private set; } = [];

    public List<int> TypeIds { get; private set; } = [];

    public List<string> Tokens { get; private set; } = [];

    public List<(int Start, int End)> Offsets { get; private set; } = [];

    public List<int?> Words { get; private set; } = [];

    public List<int> SpecialMask { get; private set; } = [];

    public List<int> Attention { get; private set; } = [];

    public List<Encoded> Overflowing { get; private set; } = [];

    /// <summary>Which stretch comes from which text; a text without an entry covers everything.</summary>
    public Dictionary<int, (int Start, int End)> Sequences { get; private set; } = [];

    public int Length => Ids.Count;

    public void Add(int id, string token, (int Start, int End) offsets, int? word, int typeId, bool special = false, bool attended = true)
    {
        Ids.Add(id);
        TypeIds.Add(typeId);
        Tokens.Add(token);
        Offsets.Add(offsets);
        Words.Add(word);
        SpecialMask.Add(special ? 1 : 0);
        Attention.Add(attended ? 1 : 0);
    }

    public static Encoded OfSpecial(IReadOnlyList<(int Id, string Token)> tokens, int typeId)
    {
        var result = new Encoded();
        foreach (var (id, token) in tokens)
        {
            result.Add(id, token, (0, 0), null, typeId, special: true);
        }

        return result;
    }

    public void SetTypeIds(int typeId)
    {
        for (var i = 0; i < TypeIds.Count; i++)
        {
            TypeIds[i] = typeId;
        }
    }

    public void SetSequence(int sequence)
    {
        Sequences[sequence] = (0, Length);
    }

    public Encoded Copy() => new()
    {
        Ids = [.. Ids],
        TypeIds = [.. TypeIds],
        Tokens = [.. Tokens],
        Offsets = [.. Offsets],
        Words = [.. Words],
        SpecialMask = [.. SpecialMask],
        Attention = [.. Attention],
        Overflowing = [.. Overflowing.Select(part => part.Copy())],
        Sequences = new(Sequences),
    };

    private Encoded Slice(int start, int end) => new()
    {
        Ids = Ids[start..end],
        TypeIds = TypeIds[start..end],
        Tokens = Tokens[start..end],
        Offsets = Offsets[start..end],
        Words = Words[start..end],
        SpecialMask = SpecialMask[start..end],
        Attention = Attention[start..end],
    };

    /// <summary>Cuts to a length; what is cut off overflows in parts of the same length that share <paramref name="stride"/> tokens.</summary>
    public Encoded Truncate(int length, int stride, bool left)
    {
        if (length >= Length)
        {
            return this;
        }

        if (length == 0)
        {
            var nothing = new Encoded();
            nothing.Overflowing.Add(this);
            return nothing;
        }

        if (stride >= length)
        {
            throw new TokenizationException($"`stride` must be strictly less than `max_len={length}` (note that `max_len` may be shorter than the max length of the original model, as it subtracts the number of special characters");
        }

        var step = length - stride;
        var parts = new List<Encoded>();
        if (left)
        {
            for (var end = Length; end > 0; end -= step)
            {
                var start = Math.Max(0, end - length);
                parts.Add(Slice(start, end));
                if (start == 0)
                {
                    break;
                }
            }
        }
        else
        {
            for (var start = 0; start < Length; start += step)
            {
                var end = Math.Min(start + length, Length);
                parts.Add(Slice(start, end));
                if (end == Length)
                {
                    break;
                }
            }
        }

        parts[0].Overflowing.AddRange(parts.Skip(1));
        return parts[0];
    }

    /// <summary>Joins encodings in order; overflowing parts are combined with each part they could stand beside.</summary>
    public static Encoded Merge(IReadOnlyList<Encoded> parts)
    {
        var result = new Encoded();
        foreach (var part in parts)
        {
            result.Append(part);
        }

        return result;
    }

    private void Append(Encoded other)
    {
        var overflowing = new List<Encoded>();
        foreach (var own in Overflowing)
        {
            overflowing.Add(Joined(own, other));
            overflowing.AddRange(other.Overflowing.Select(part => Joined(own, part)));
        }

        overflowing.AddRange(other.Overflowing.Select(part => Joined(this, part)));
        var length = Length;
        foreach (var (sequence, (start, end)) in other.Sequences)
        {
            Sequences[sequence] = (length + start, length + end);
        }

        Ids.AddRange(other.Ids);
        TypeIds.AddRange(other.TypeIds);
        Tokens.AddRange(other.Tokens);
        Offsets.AddRange(other.Offsets);
        Words.AddRange(other.Words);
        SpecialMask.AddRange(other.SpecialMask);
        Attention.AddRange(other.Attention);
        Overflowing = overflowing;
    }

    private static Encoded Joined(Encoded left, Encoded right)
    {
        var result = left.Copy();
        result.Append(right);
        return result;
    }

    public void Pad(int length, int id, int typeId, string token, bool left)
    {
        foreach (var part in Overflowing)
        {
            part.Pad(length, id, typeId, token, left);
        }

        var missing = length - Length;
        if (missing <= 0)
        {
            return;
        }

        var padding = new Encoded();
        for (var i = 0; i < missing; i++)
        {
            padding.Add(id, token, (0, 0), null, typeId, special: true, attended: false);
        }

        var at = left ? 0 : Length;
        Ids.InsertRange(at, padding.Ids);
        TypeIds.InsertRange(at, padding.TypeIds);
        Tokens.InsertRange(at, padding.Tokens);
        Offsets.InsertRange(at, padding.Offsets);
        Words.InsertRange(at, padding.Words);
        SpecialMask.InsertRange(at, padding.SpecialMask);
        Attention.InsertRange(at, padding.Attention);
        if (left)
        {
            foreach (var sequence in Sequences.Keys.ToList())
            {
                var (start, end) = Sequences[sequence];
                Sequences[sequence] = (start + missing, end + missing);
            }
        }
    }

    public Encoding ToEncoding()
    {
        var sequences = new int?[Length];
        for (var sequence = 0; sequence < Math.Max(1, Sequences.Count); sequence++)
        {
            var (start, end) = Sequences.TryGetValue(sequence, out var range) ? range : (0, Length);
            for (var i = Math.Max(0, start); i < Math.Min(end, Length); i++)
            {
                sequences[i] = sequence;
            }
        }

        return new Encoding([.. Ids], [.. Tokens], [.. Offsets])
        {
            TypeIds = [.. TypeIds],
            SpecialTokensMask = [.. SpecialMask],
            AttentionMask = [.. Attention],
            SequenceIds = sequences,
            WordIds = [.. Words],
            Overflowing = [.. Overflowing.Select(part => part.ToEncoding())],
        };
    }
}
