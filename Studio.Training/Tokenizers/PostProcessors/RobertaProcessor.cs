namespace Studio.Training.Tokenizers.PostProcessors;

/// <summary>RoBERTa's frame: <c>&lt;s&gt; first &lt;/s&gt;</c>, and <c>&lt;/s&gt; second &lt;/s&gt;</c>; all types are 0.</summary>
internal sealed class RobertaProcessor((int Id, string Token) cls, (int Id, string Token) sep, bool trimOffsets, bool addPrefixSpace) : PostProcessor
{
    public static RobertaProcessor Read(JsonField field) =>
        new(ReadToken(field.Required("cls")), ReadToken(field.Required("sep")), field["trim_offsets"].AsBool(true), field["add_prefix_space"].AsBool(true));

    public override int Added(bool pair) => pair ? 4 : 2;

    public override List<Encoded> Process(List<Encoded> parts, bool addSpecialTokens)
    {
        foreach (var part in parts)
        {
            foreach (var encoded in (List<Encoded>)[part, .. part.Overflowing])
            {
                if (trimOffsets)
                {
                    TrimOffsets.Apply(encoded, addPrefixSpace);
                }
            }

            part.SetTypeIds(0);
        }

        if (!addSpecialTokens)
        {
            return parts;
        }

        var result = new List<Encoded>();
        for (var i = 0; i < parts.Count; i++)
        {
            var framed = Frame.Around(parts[i], [i == 0 ? cls : sep], [sep], i);
            foreach (var encoded in (List<Encoded>)[framed, .. framed.Overflowing])
            {
                encoded.SetTypeIds(0);
            }

            result.Add(framed);
        }

        return result;
    }
}
