namespace Studio.Training.Tokenizers;

/// <summary>The <c>padding</c> section of a tokenizer.json; without a fixed length the longest of a batch sets it.</summary>
internal sealed record Padding(int? FixedLength, int? MultipleOf, int Id, int TypeId, string Token, bool Left)
{
    public static Padding? Read(JsonField field)
    {
        if (field.IsNull)
        {
            return null;
        }

        var strategy = field["strategy"];
        int? length = strategy.IsNull || strategy.IsString && strategy.AsString() == "BatchLongest" ? null
            : strategy.IsObject ? strategy.Required("Fixed").AsInt()
            : throw strategy.Error("'BatchLongest' or {\"Fixed\": length} is expected");
        var multiple = field["pad_to_multiple_of"];
        return new Padding(length, multiple.IsNull ? null : multiple.AsInt(), field["pad_id"].AsInt(0), field["pad_type_id"].AsInt(0), field["pad_token"].AsOptionalString() ?? "[PAD]", Direction.IsLeft(field["direction"]));
    }

    public void Apply(IReadOnlyList<Encoded> batch)
    {
        if (batch.Count == 0)
        {
            return;
        }

        var length = FixedLength ?? batch.Max(encoded => encoded.Length);
        if (MultipleOf is > 0 and var multiple && length % multiple > 0)
        {
            length += multiple - length % multiple;
        }

        foreach (var encoded in batch)
        {
            encoded.Pad(length, Id, TypeId, Token, Left);
        }
    }
}
