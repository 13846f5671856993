namespace Studio.Training.Tokenizers.PostProcessors;

/// <summary>BERT's frame: <c>[CLS] first [SEP]</c>, and <c>second [SEP]</c> with type 1.</summary>
internal sealed class BertProcessor((int Id, string Token) cls, (int Id, string Token) sep) : PostProcessor
{
    public static BertProcessor Read(JsonField field) => new(ReadToken(field.Required("cls")), ReadToken(field.Required("sep")));

    public override int Added(bool pair) => pair ? 3 : 2;

    public override List<Encoded> Process(List<Encoded> parts, bool addSpecialTokens)
    {
        if (!addSpecialTokens)
        {
            return parts;
        }

        var result = new List<Encoded>();
        for (var i = 0; i < parts.Count; i++)
        {
            result.Add(Frame.Around(parts[i], i == 0 ? [cls] : [], [sep], i));
        }

        return result;
    }
}
