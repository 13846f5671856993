namespace Studio.Training.Tokenizers.PostProcessors;

/// <summary>Post-processors one after the other.</summary>
internal sealed class PostProcessorSequence(IReadOnlyList<PostProcessor> steps) : PostProcessor
{
    public static PostProcessorSequence Read(JsonField field)
    {
        var steps = new List<PostProcessor>();
        foreach (var item in field.Required("processors").Items())
        {
            steps.Add(PostProcessor.Of(item) ?? throw item.Error("a post-processor is expected"));
        }

        return new(steps);
    }

    public override int Added(bool pair) => steps.Sum(step => step.Added(pair));

    public override List<Encoded> Process(List<Encoded> parts, bool addSpecialTokens)
    {
        foreach (var step in steps)
        {
            parts = step.Process(parts, addSpecialTokens);
        }

        return parts;
    }
}
