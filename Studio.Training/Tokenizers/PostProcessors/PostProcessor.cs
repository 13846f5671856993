namespace Studio.Training.Tokenizers.PostProcessors;

/// <summary>A step that works on the encodings of one or two texts: inserts special tokens, sets type ids, trims offsets.</summary>
internal abstract class PostProcessor
{
    /// <summary>Number of tokens that <see cref="Process"/> adds.</summary>
    public abstract int Added(bool pair);

    /// <summary>The parts of the result, in order; they are joined afterwards.</summary>
    public abstract List<Encoded> Process(List<Encoded> parts, bool addSpecialTokens);

    /// <summary>The members: the <c>type</c> in a tokenizer.json, and how its fields are read.</summary>
    private static readonly Dictionary<string, Func<JsonField, PostProcessor>> Members = new(StringComparer.Ordinal)
    {
        ["ByteLevel"] = field => new TrimOffsets(field["trim_offsets"].AsBool(true), field["add_prefix_space"].AsBool(true)),
        ["TemplateProcessing"] = Template.Read,
        ["BertProcessing"] = BertProcessor.Read,
        ["RobertaProcessing"] = RobertaProcessor.Read,
        ["Sequence"] = PostProcessorSequence.Read,
    };

    /// <summary>Reads a post-processor; null where the field is absent or null.</summary>
    public static PostProcessor? Of(JsonField field)
    {
        if (field.IsNull)
        {
            return null;
        }

        var type = field.Required("type");
        return Members.TryGetValue(type.AsString(), out var read) ? read(field) : throw type.Error($"unknown post-processor '{type.AsString()}'");
    }

    /// <summary>Reads a pair of token and id.</summary>
    protected static (int Id, string Token) ReadToken(JsonField field)
    {
        if (!field.IsArray || field.Element.GetArrayLength() != 2)
        {
            throw field.Error("a list of a token and its id is expected");
        }

        return (new JsonField(field.Element[1], field.File, field.Path + "[1]").AsInt(), new JsonField(field.Element[0], field.File, field.Path + "[0]").AsString());
    }
}
