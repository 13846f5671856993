namespace Studio.Training.Tokenizers.Models;

/// <summary>Reads merges, written <c>"a b"</c> or <c>["a", "b"]</c>, into ids.</summary>
internal static class MergeList
{
    public static List<(int Left, int Right, int Made)> Read(JsonField field, Vocabulary vocabulary, string continuingPrefix)
    {
        if (!field.IsArray)
        {
            throw field.Error("a list of merges is expected");
        }

        var result = new List<(int, int, int)>(field.Element.GetArrayLength());
        foreach (var item in field.Items())
        {
            if (item.IsString)
            {
                var text = item.AsString();
                var space = text.IndexOf(' ', StringComparison.Ordinal);
                result.Add(space < 0 || text.IndexOf(' ', space + 1) >= 0
                    ? throw item.Error("a merge is two tokens with a space between")
                    : Resolve(text.AsSpan(0, space), text.AsSpan(space + 1), vocabulary, continuingPrefix, problem => item.Error(problem)));
            }
            else if (item.IsArray && item.Element.GetArrayLength() == 2)
            {
                var (left, right) = (new JsonField(item.Element[0], item.File, item.Path + "[0]"), new JsonField(item.Element[1], item.File, item.Path + "[1]"));
                result.Add(Resolve(left.AsString(), right.AsString(), vocabulary, continuingPrefix, problem => item.Error(problem)));
            }
            else
            {
                throw item.Error("a merge is a string or a list of two strings");
            }
        }

        return result;
    }

    /// <summary>Ids of a merge; the token it makes drops the continuing prefix of the right part.</summary>
    public static (int Left, int Right, int Made) Resolve(ReadOnlySpan<char> left, ReadOnlySpan<char> right, Vocabulary vocabulary, string continuingPrefix, Func<string, Exception> error)
    {
        var lookup = vocabulary.BySpan;
        if (!lookup.TryGetValue(left, out var leftId))
        {
            throw error($"'{left}' is not in the vocabulary");
        }

        if (!lookup.TryGetValue(right, out var rightId))
        {
            throw error($"'{right}' is not in the vocabulary");
        }

        var rest = right[Math.Min(continuingPrefix.Length, right.Length)..];
        Span<char> joined = left.Length + rest.Length <= 256 ? stackalloc char[left.Length + rest.Length] : new char[left.Length + rest.Length];
        left.CopyTo(joined);
        rest.CopyTo(joined[left.Length..]);
        return lookup.TryGetValue(joined, out var made) ? (leftId, rightId, made) : throw error($"'{joined}' is not in the vocabulary");
    }
}
