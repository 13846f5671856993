using Studio.Data.Recipes.Methods;
using Studio.Training.Batching;
using Studio.Training.Generation;
using Studio.Training.Methods;

namespace Studio.Training.Rollouts;

/// <summary>
/// Lets the model answer prompts with its weights as they are now, through the engine that serves users: continuous batching, one computed prompt for all answers to it, the end of the turn.
/// Every answer has a seed of its own, and all requests are queued in one go, so that a resumed run samples the same answers.
/// </summary>
/// <param name="longest">Tokens of an answer at most.</param>
internal sealed class RolloutSampler(MethodContext context, SamplingOptions sampling, int longest)
{
    public RolloutSampler(MethodContext context, RolloutOptions options)
        : this(context, new SamplingOptions { Temperature = options.Temperature, TopP = options.TopP, TopK = options.TopK }, options.MaxCompletionLength)
    {
    }

    private const string Policy = "policy";
    private const int LargestBatch = 64;

    /// <param name="prompts">Numbers of prompts, one entry per answer; answers to one prompt stand together.</param>
    /// <param name="seed">Decides all answers.</param>
    /// <param name="greedy">Takes the likeliest tokens instead of sampling.</param>
    public IReadOnlyList<Rollout> Sample(IReadOnlyList<PromptTokens> data, IReadOnlyList<int> prompts, long seed, bool greedy = false)
    {
        var room = prompts.Max(p => data[p].Ids.Length) + longest;
        var limits = new EngineOptions
        {
            MaxBatch = Math.Min(LargestBatch, prompts.Count),
            PrefixSlots = 0,
            MaxWaiting = prompts.Count,
            ContextLength = room,
        };
        var chosen = greedy ? new SamplingOptions { DoSample = false } : sampling;
        IReadOnlyList<GenerationResult> answers;
        try
        {
            using var engine = new Engine(context.Base, "base", limits);
            if (context.Adapter is { } adapter)
            {
                adapter.SetTraining(false);
                engine.UseAdapterAsync(Policy, adapter, CancellationToken.None).GetAwaiter().GetResult();
            }

            var requests = prompts.Select((p, i) => new GenerationRequest
            {
                PromptIds = data[p].Ids,
                Sampling = chosen,
                Seed = (ulong)SeededOrder.Seed(seed, i, 1),
                MaxNewTokens = longest,
                EosTokenIds = engine.EosTokenIds,
                Adapter = context.Adapter is null ? null : Policy,
                TopLogProbabilities = 0,
            }).ToList();
            answers = engine.CompleteAllAsync(requests, CancellationToken.None).GetAwaiter().GetResult();
        }
        finally
        {
            // The engine leaves the projections bare when it goes.
            context.Adapter?.Attach();
        }

        return
        [
            .. answers.Select((a, i) => new Rollout
            {
                Prompt = prompts[i],
                Ids = [.. a.Ids],
                Stopped = a.Finish == FinishReason.Stop,
                Text = a.Text.Trim(),
                Sampled = [.. a.Tokens.Select(t => (float)t.LogProbability)],
            }),
        ];
    }
}
