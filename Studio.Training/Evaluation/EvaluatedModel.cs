using System.Text.Json.Nodes;
using Studio.Training.Checkpoints;
using Studio.Training.Generation;
using Studio.Training.Lora;
using Studio.Training.Templates;

namespace Studio.Training.Evaluation;

/// <summary>A question with the examples that go before it.</summary>
public sealed record AskedQuestion(string Question, IReadOnlyList<(string Question, string Answer)> Shots);

/// <param name="Stopped">The answer ended by itself, not at the limit.</param>
/// <param name="Seconds">From asking to the last token, among the others that were asked at the same time.</param>
public sealed record GivenAnswer(string Text, int Tokens, bool Stopped, double Seconds)
{
    /// <summary>Geometric mean of the probabilities of its tokens; null where it was not asked for.</summary>
    public double? Confidence { get; init; }
}

/// <summary>The model under evaluation as suites see it: the base, or the base with an adapter.</summary>
public sealed class EvaluatedModel
{
    private static readonly SamplingOptions Greedy = new() { DoSample = false };

    private readonly PretrainedModel model;
    private readonly Engine engine;
    private readonly string? adapterName;
    private readonly TimeProvider time;
    private long generatedTokens;

    /// <param name="lora">The adapter for log-likelihoods; null is the base.</param>
    /// <param name="adapterName">The same adapter's name in the engine.</param>
    public EvaluatedModel(PretrainedModel model, Engine engine, LoraAdapter? lora, string? adapterName, TimeProvider time)
    {
        (this.model, this.engine, this.adapterName, this.time) = (model, engine, adapterName, time);
        LogLikelihoods = new LogLikelihoods(model, lora);
    }

    public LogLikelihoods LogLikelihoods { get; }

    /// <summary>Who compares and marks answers; null where the evaluation has no judge.</summary>
    public Judge? Judge { get; init; }

    /// <summary>Tokens of all answers so far.</summary>
    public long GeneratedTokens => Interlocked.Read(ref generatedTokens);

    /// <summary>True where the chat template writes a system prompt of its own unless an empty one is given.</summary>
    public bool WritesOwnSystemTurn
    {
        get
        {
            if (model.Template is not { } template)
            {
                return false;
            }

            var options = new RenderOptions { AddGenerationPrompt = true, Now = time.GetLocalNow().DateTime };
            try
            {
                return template.Render([Turn("system", ""), Turn("user", "a")], options).Text.Length < template.Render([Turn("user", "a")], options).Text.Length;
            }
            catch (TemplateException)
            {
                // A template that knows no system turn.
                return false;
            }
        }
    }

    /// <summary>The base under an adapter; null for the base itself.</summary>
    public EvaluatedModel? Reference { get; init; }

    /// <summary>Greedy answers, in the order of the questions, through the chat template where the model has one.</summary>
    public Task<IReadOnlyList<GivenAnswer>> AskAsync(IReadOnlyList<AskedQuestion> questions, int maxTokens, CancellationToken cancellation) =>
        AskAsync(questions, maxTokens, Greedy, 0, false, cancellation);

    /// <summary>The same with how sure the model is of each answer.</summary>
    public Task<IReadOnlyList<GivenAnswer>> AskWithConfidenceAsync(IReadOnlyList<AskedQuestion> questions, int maxTokens, CancellationToken cancellation) =>
        AskAsync(questions, maxTokens, Greedy, 0, true, cancellation);

    /// <summary>Drawn answers; the same seed draws the same.</summary>
    public Task<IReadOnlyList<GivenAnswer>> SampleAsync(IReadOnlyList<AskedQuestion> questions, int maxTokens, SamplingOptions sampling, ulong seed, CancellationToken cancellation) =>
        AskAsync(questions, maxTokens, sampling, seed, false, cancellation);

    private async Task<IReadOnlyList<GivenAnswer>> AskAsync(IReadOnlyList<AskedQuestion> questions, int maxTokens, SamplingOptions sampling, ulong seed, bool confidence, CancellationToken cancellation) =>
        await Task.WhenAll(questions.Select((q, i) => AskAsync(q, maxTokens, sampling, seed + (ulong)i, confidence, cancellation))).ConfigureAwait(false);

    private async Task<GivenAnswer> AskAsync(AskedQuestion question, int maxTokens, SamplingOptions sampling, ulong seed, bool confidence, CancellationToken cancellation)
    {
        var started = time.GetTimestamp();
        var ids = Encode(question);

        // A question that fills the context loses its beginning rather than the answer its room.
        var room = Math.Max(1, engine.ContextLength - Math.Min(maxTokens, engine.ContextLength / 2));
        var answer = await engine.CompleteAsync(
            new GenerationRequest
            {
                PromptIds = ids.Length > room ? ids[^room..] : ids,
                Sampling = sampling,
                Seed = seed,
                MaxNewTokens = maxTokens,
                EosTokenIds = engine.EosTokenIds,
                Stop = model.Template is null ? ["\nQuestion:"] : [],
                Adapter = adapterName,
                TopLogProbabilities = confidence ? 0 : null,
            },
            cancellation).ConfigureAwait(false);
        Interlocked.Add(ref generatedTokens, answer.Ids.Count);
        return new GivenAnswer(answer.Text.Trim(), answer.Ids.Count, answer.Finish == FinishReason.Stop, time.GetElapsedTime(started).TotalSeconds)
        {
            Confidence = answer.Tokens.Count > 0 ? Math.Exp(answer.Tokens.Average(t => t.LogProbability)) : null,
        };
    }

    private int[] Encode(AskedQuestion question)
    {
        if (model.Template is not { } template)
        {
            var examples = string.Concat(question.Shots.Select(s => $"Question: {s.Question}\nAnswer: {s.Answer}\n\n"));
            return model.Tokenizer.Encode($"{examples}Question: {question.Question}\nAnswer:").Ids;
        }

        JsonArray messages = [];
        foreach (var (asked, answered) in question.Shots)
        {
            messages.Add(Turn("user", asked));
            messages.Add(Turn("assistant", answered));
        }

        messages.Add(Turn("user", question.Question));
        var text = template.Render(messages, new RenderOptions { AddGenerationPrompt = true, Now = time.GetLocalNow().DateTime }).Text;
        return model.Tokenizer.Encode(text, addSpecialTokens: false).Ids;
    }

    private static JsonObject Turn(string role, string content) => new() { ["role"] = role, ["content"] = content };
}
