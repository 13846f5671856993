namespace Studio.Training.Tokenizers.Models;

/// <summary>Tokens and their ids, both ways.</summary>
internal sealed class Vocabulary
{
    private const int HighestId = 50_000_000;
    private readonly Dictionary<string, int> ids;
    private readonly string?[] tokens;

    private Vocabulary(Dictionary<string, int> ids, string?[] tokens, int count)
    {
        Count = count;
        this.ids = ids;
        this.tokens = tokens;
    }

    /// <summary>Number of entries.</summary>
    public int Count { get; }

    /// <summary>One more than the highest id.</summary>
    public int Size => tokens.Length;

    public IReadOnlyDictionary<string, int> Ids => ids;

    public int? IdOf(string token) => ids.TryGetValue(token, out var id) ? id : null;

    public string? TokenOf(int id) => (uint)id < (uint)tokens.Length ? tokens[id] : null;

    public Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> BySpan => ids.GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>Reads an object of token to id.</summary>
    public static Vocabulary Read(JsonField field)
    {
        if (!field.IsObject)
        {
            throw field.Error("an object of token to id is expected");
        }

        var ids = new Dictionary<string, int>(StringComparer.Ordinal);
        var highest = -1;
        foreach (var (token, value) in field.Members())
        {
            var id = value.AsInt();
            if (id > HighestId)
            {
                throw value.Error("the id is too large");
            }

            ids[token] = id;
            highest = Math.Max(highest, id);
        }

        var tokens = new string?[highest + 1];
        foreach (var (token, id) in ids)
        {
            tokens[id] = token;
        }

        return new(ids, tokens, ids.Count);
    }

    /// <summary>A vocabulary of tokens whose place in the list is their id; the first of equal ones keeps its id unless <paramref name="lastWins"/>.</summary>
    public static Vocabulary OfList(IReadOnlyList<string> list, bool lastWins = false)
    {
        var ids = new Dictionary<string, int>(list.Count, StringComparer.Ordinal);
        for (var i = 0; i < list.Count; i++)
        {
            if (lastWins)
            {
                ids[list[i]] = i;
            }
            else
            {
                ids.TryAdd(list[i], i);
            }
        }

        return new(ids, [.. list], list.Count);
    }
}
