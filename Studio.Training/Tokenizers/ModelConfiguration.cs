using System.Text.Json;

namespace Studio.Training.Tokenizers;

/// <summary>What the files beside a tokenizer say about it: <c>tokenizer_config.json</c>, <c>special_tokens_map.json</c>, <c>added_tokens.json</c>.</summary>
internal sealed record ModelConfiguration
{
    public SpecialTokens SpecialTokens { get; init; } = new();

    public string? TokenizerClass { get; init; }

    public bool? AddBos { get; init; }

    public bool? AddEos { get; init; }

    public bool? AddPrefixSpace { get; init; }

    public bool? Legacy { get; init; }

    /// <summary>Added tokens with their ids.</summary>
    public IReadOnlyList<(int Id, AddedToken Token)> Added { get; init; } = [];

    public static ModelConfiguration Read(string folder)
    {
        using var config = Open(folder, "tokenizer_config.json");
        using var map = Open(folder, "special_tokens_map.json");
        using var addedFile = Open(folder, "added_tokens.json");
        var fields = new List<JsonField>();
        if (config is not null)
        {
            fields.Add(new JsonField(config.RootElement, "tokenizer_config.json", ""));
        }

        if (map is not null)
        {
            fields.Add(new JsonField(map.RootElement, "special_tokens_map.json", ""));
        }

        string? Name(string key)
        {
            foreach (var field in fields.Where(field => field.IsObject))
            {
                var value = field[key];
                if (value.IsString)
                {
                    return value.AsString();
                }

                if (value.IsObject && value["content"].IsString)
                {
                    return value["content"].AsString();
                }
            }

            return null;
        }

        var specialTokens = new SpecialTokens
        {
            Bos = Name("bos_token"),
            Eos = Name("eos_token"),
            Unk = Name("unk_token"),
            Pad = Name("pad_token"),
            Sep = Name("sep_token"),
            Cls = Name("cls_token"),
            Mask = Name("mask_token"),
        };
        var added = new SortedDictionary<int, AddedToken>();
        if (addedFile is not null && addedFile.RootElement.ValueKind == JsonValueKind.Object)
        {
            foreach (var (content, id) in new JsonField(addedFile.RootElement, "added_tokens.json", "").Members())
            {
                added[id.AsInt()] = new AddedToken(content, false, false, false, false, Named(specialTokens).Contains(content));
            }
        }

        if (config is null || !fields[0].IsObject)
        {
            return new ModelConfiguration { SpecialTokens = specialTokens, Added = [.. added.Select(pair => (pair.Key, pair.Value))] };
        }

        var decoder = fields[0]["added_tokens_decoder"];
        if (decoder.IsObject)
        {
            foreach (var (id, token) in decoder.Members())
            {
                added[int.TryParse(id, out var number) ? number : throw token.Error("the key must be an id")] = AddedToken.Read(token);
            }
        }

        static bool? Flag(JsonField field) => field.Element.ValueKind is JsonValueKind.True or JsonValueKind.False ? field.AsBool(false) : null;
        return new ModelConfiguration
        {
            SpecialTokens = specialTokens,
            Added = [.. added.Select(pair => (pair.Key, pair.Value))],
            TokenizerClass = fields[0]["tokenizer_class"].IsString ? fields[0]["tokenizer_class"].AsString() : null,
            AddBos = Flag(fields[0]["add_bos_token"]),
            AddEos = Flag(fields[0]["add_eos_token"]),
            AddPrefixSpace = Flag(fields[0]["add_prefix_space"]),
            Legacy = Flag(fields[0]["legacy"]),
        };
    }

    /// <summary>The special tokens that have a name, once each.</summary>
    public static IEnumerable<string> Named(SpecialTokens tokens) =>
        new[] { tokens.Bos, tokens.Eos, tokens.Unk, tokens.Pad, tokens.Sep, tokens.Cls, tokens.Mask }.OfType<string>().Distinct(StringComparer.Ordinal);

    private static JsonDocument? Open(string folder, string name)
    {
        var path = Path.Combine(folder, name);
        return File.Exists(path) ? TokenizerFiles.ParseDocument(File.ReadAllBytes(path), path) : null;
    }
}
