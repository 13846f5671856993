namespace Studio.Training.Generation.Processors;

/// <summary>frequency_penalty and presence_penalty of the OpenAI API: <c>logit -= frequency * count + presence * (count > 0)</c> over the generated part.</summary>
public sealed class OpenAiPenalties(double frequency, double presence) : ILogitsProcessor
{
    public static ILogitsProcessor? From(SamplingOptions options) =>
        options.FrequencyPenalty != 0 || options.PresencePenalty != 0 ? new OpenAiPenalties(options.FrequencyPenalty, options.PresencePenalty) : null;

    public void Apply(Span<float> scores, LogitsContext context)
    {
        Dictionary<int, int> counts = [];
        for (var i = context.PromptLength; i < context.Ids.Count; i++)
        {
            counts[context.Ids[i]] = counts.GetValueOrDefault(context.Ids[i]) + 1;
        }

        foreach (var (id, count) in counts)
        {
            scores[id] -= (float)((frequency * count) + presence);
        }
    }
}
