namespace Studio.Training.Tokenizers.PostProcessors;

/// <summary>Puts special tokens around a text, and around each of its overflowing parts.</summary>
internal static class Frame
{
    public static Encoded Around(Encoded text, IReadOnlyList<(int Id, string Token)> before, IReadOnlyList<(int Id, string Token)> after, int typeId)
    {
        var result = One(text, before, after, typeId);
        foreach (var part in text.Overflowing)
        {
            result.Overflowing.Add(One(part, before, after, typeId));
        }

        return result;
    }

    private static Encoded One(Encoded text, IReadOnlyList<(int Id, string Token)> before, IReadOnlyList<(int Id, string Token)> after, int typeId)
    {
        var result = Encoded.OfSpecial(before, typeId);
        for (var i = 0; i < text.Length; i++)
        {
            result.Add(text.Ids[i], text.Tokens[i], text.Offsets[i], text.Words[i], typeId);
        }

        foreach (var (id, token) in after)
        {
            result.Add(id, token, (0, 0), null, typeId, special: true);
        }

        result.Sequences[typeId] = (before.Count, before.Count + text.Length);
        return result;
    }
}
