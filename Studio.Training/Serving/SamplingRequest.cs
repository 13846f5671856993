using System.Globalization;
using System.Text.Json.Nodes;
using Studio.Training.Generation;

namespace Studio.Training.Serving;

/// <summary>What chat and completion requests have in common, checked.</summary>
internal sealed record SamplingRequest(
    string Model,
    SamplingOptions Sampling,
    long? Seed,
    int? MaxTokens,
    IReadOnlyList<string> Stop,
    int Choices,
    bool Stream,
    bool IncludeUsage)
{
    /// <exception cref="ApiFault">A field is of the wrong type or out of range.</exception>
    public static SamplingRequest Read(JsonObject body, int vocabulary, int? defaultMaxTokens)
    {
        var temperature = body.Number("temperature", 1, 0, 2);
        var bias = new Dictionary<int, double>();
        if (body["logit_bias"] is { } node)
        {
            var map = node as JsonObject ?? throw new ApiFault(400, "'logit_bias' must map token ids to numbers.", "logit_bias");
            foreach (var (key, value) in map)
            {
                if (!int.TryParse(key, NumberStyles.None, CultureInfo.InvariantCulture, out var id) || id >= vocabulary)
                {
                    throw new ApiFault(400, $"'logit_bias' names the token '{key}'; ids go from 0 to {vocabulary - 1}.", "logit_bias");
                }

                bias[id] = map.Number(key, 0, -100, 100);
            }
        }

        if (body["response_format"] is JsonObject format && format.Text("type") is { } type and not "text")
        {
            throw new ApiFault(400, $"'response_format' of type '{type}' is not available on this endpoint; use 'text' and describe the format in the prompt.", "response_format");
        }

        var streamOptions = body["stream_options"] as JsonObject;
        return new SamplingRequest(
            body.Text("model") ?? throw new ApiFault(400, "'model' is missing.", "model"),
            new SamplingOptions
            {
                DoSample = temperature > 0,
                Temperature = temperature > 0 ? temperature : 1,
                TopP = body.Number("top_p", 1, 0, 1) is var topP and > 0 ? topP : 1e-9,
                TopK = Math.Max(0, body.Integer("top_k", -1, int.MaxValue) ?? 0),
                MinP = body.Number("min_p", 0, 0, 1) is var minP and > 0 ? minP : null,
                RepetitionPenalty = body.Number("repetition_penalty", 1, 0.01, 10),
                FrequencyPenalty = body.Number("frequency_penalty", 0, -2, 2),
                PresencePenalty = body.Number("presence_penalty", 0, -2, 2),
                LogitBias = bias,
            },
            body.Seed(),
            body.Integer("max_completion_tokens", 1, 10_000_000) ?? body.Integer("max_tokens", 1, 10_000_000) ?? defaultMaxTokens,
            body.Texts("stop", 16),
            body.Integer("n", 1, 16) ?? 1,
            body.Flag("stream"),
            streamOptions?.Flag("include_usage") ?? false);
    }

    /// <summary>What the engine is asked for a choice.</summary>
    /// <param name="top">Likeliest tokens to report at each place; null reports none.</param>
    /// <exception cref="ApiFault">There is no such model, or the prompt fills its context.</exception>
    public GenerationRequest ToGeneration(Engine engine, IReadOnlyList<int> prompt, int choice, int? top) => new()
    {
        PromptIds = prompt,
        Sampling = Sampling,
        Seed = SeedOf(choice),
        MaxNewTokens = engine.NewTokenLimit(prompt.Count, MaxTokens),
        Stop = Stop,
        EosTokenIds = engine.EosTokenIds,
        Adapter = engine.Resolve(Model),
        TopLogProbabilities = top,
    };

    /// <summary>The seed of a choice: a given seed makes every choice repeatable, without one they differ from call to call.</summary>
    private ulong SeedOf(int choice) => unchecked((ulong)(Seed ?? Random.Shared.NextInt64()) + ((ulong)choice * 0x9E3779B97F4A7C15));
}
