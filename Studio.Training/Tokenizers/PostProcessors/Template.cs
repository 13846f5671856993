namespace Studio.Training.Tokenizers.PostProcessors;

/// <summary>A template of texts and special tokens, for one text and for two.</summary>
internal sealed class Template(IReadOnlyList<Template.Part> single, IReadOnlyList<Template.Part> pair) : PostProcessor
{
    /// <summary>A place of the template: a text (0 or 1), or special tokens when <see cref="Sequence"/> is -1.</summary>
    public sealed record Part(int Sequence, int TypeId, IReadOnlyList<(int Id, string Token)> Special);

    public static Template Read(JsonField field)
    {
        var special = new Dictionary<string, IReadOnlyList<(int, string)>>(StringComparer.Ordinal);
        var tokens = field["special_tokens"];
        if (!tokens.IsNull)
        {
            foreach (var (name, value) in tokens.Members())
            {
                var ids = value.Required("ids").Items().Select(id => id.AsInt()).ToList();
                var texts = value.Required("tokens").Items().Select(text => text.AsString()).ToList();
                special[name] = ids.Count == texts.Count ? [.. ids.Zip(texts)] : throw value.Error("ids and tokens differ in number");
            }
        }

        return new Template(ReadParts(field.Required("single"), special, 1), ReadParts(field.Required("pair"), special, 2));
    }

    private static List<Part> ReadParts(JsonField field, Dictionary<string, IReadOnlyList<(int, string)>> special, int texts)
    {
        var parts = new List<Part>();
        foreach (var item in field.Items())
        {
            var sequence = item["Sequence"];
            if (!sequence.IsNull)
            {
                var name = sequence.Required("id");
                var number = name.AsString() switch { "A" => 0, "B" => 1, _ => throw name.Error("A or B is expected") };
                parts.Add(number < texts
                    ? new Part(number, sequence["type_id"].AsInt(0), [])
                    : throw name.Error("the template for one text names a second"));
                continue;
            }

            var token = item.Required("SpecialToken");
            var id = token.Required("id");
            parts.Add(special.TryGetValue(id.AsString(), out var ids)
                ? new Part(-1, token["type_id"].AsInt(0), ids)
                : throw id.Error($"'{id.AsString()}' is not among special_tokens"));
        }

        return parts;
    }

    public override int Added(bool isPair) => (isPair ? pair : single).Sum(part => part.Special.Count);

    public override List<Encoded> Process(List<Encoded> parts, bool addSpecialTokens)
    {
        var result = new List<Encoded>();
        foreach (var part in parts.Count > 1 ? pair : single)
        {
            if (part.Sequence >= 0)
            {
                var text = parts[part.Sequence];
                text.SetTypeIds(part.TypeId);
                text.SetSequence(part.Sequence);
                result.Add(text.Copy());
            }
            else if (addSpecialTokens)
            {
                result.Add(Encoded.OfSpecial(part.Special, part.TypeId));
            }
        }

        return result;
    }
}
