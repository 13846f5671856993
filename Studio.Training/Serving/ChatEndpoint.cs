using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Studio.Training.Generation;
using Studio.Training.Templates;

namespace Studio.Training.Serving;

/// <summary><c>POST /v1/chat/completions</c>: renders the conversation with the model's own template and answers, streamed or whole.</summary>
internal sealed class ChatEndpoint(Engine engine, TimeProvider time)
{
    public async Task HandleAsync(HttpContext http)
    {
        var cancellation = http.RequestAborted;
        var body = await JsonReading.ReadObjectAsync(http.Request.Body, cancellation).ConfigureAwait(false);
        var request = SamplingRequest.Read(body, engine.VocabularySize, defaultMaxTokens: null);
        var messages = ChatMessages.Read(body);
        var top = TopLogProbabilities(body);
        var prompt = engine.Tokenizer.Encode(Render(messages, body), addSpecialTokens: false).Ids;
        var generations = Enumerable.Range(0, request.Choices).Select(choice => request.ToGeneration(engine, prompt, choice, top)).ToList();

        var reply = new ChatReply("chatcmpl-" + Guid.NewGuid().ToString("N"), time.GetUtcNow().ToUnixTimeSeconds(), request.Model);
        if (request.Stream)
        {
            await StreamAsync(http, reply, generations, request.IncludeUsage).ConfigureAwait(false);
            return;
        }

        var results = await Task.WhenAll(generations.Select(g => engine.CompleteAsync(g, cancellation))).ConfigureAwait(false);
        await Replies.WriteJsonAsync(http, reply.Whole(results)).ConfigureAwait(false);
    }

    private async Task StreamAsync(HttpContext http, ChatReply reply, List<GenerationRequest> generations, bool includeUsage)
    {
        // Queued before the first byte, so that a full queue is still a 429.
        var streams = generations.Select(g => engine.GenerateAsync(g, http.RequestAborted)).ToList();
        var events = new EventStream(http);
        var generated = 0;
        await events.RunAsync(async () =>
        {
            for (var choice = 0; choice < streams.Count; choice++)
            {
                await events.SendAsync(reply.Chunk(choice, new JsonObject { ["role"] = "assistant", ["content"] = "" }, null, null)).ConfigureAwait(false);
            }

            await EventStream.MergeAsync(streams, async (choice, delta) =>
            {
                generated += delta.Token is null ? 0 : 1;
                if (delta.Text.Length > 0 || (delta.Token is not null && generations[choice].TopLogProbabilities is not null))
                {
                    var logProbabilities = generations[choice].TopLogProbabilities is not null && delta.Token is { } token ? ChatReply.LogProbabilities([token]) : null;
                    await events.SendAsync(reply.Chunk(choice, new JsonObject { ["content"] = delta.Text }, null, logProbabilities)).ConfigureAwait(false);
                }

                if (delta.Finish is { } finish)
                {
                    await events.SendAsync(reply.Chunk(choice, [], finish, null)).ConfigureAwait(false);
                }
            }).ConfigureAwait(false);

            if (includeUsage)
            {
                await events.SendAsync(reply.UsageChunk(generations[0].PromptIds.Count, generated)).ConfigureAwait(false);
            }
        }).ConfigureAwait(false);
    }

    private string Render(JsonArray messages, JsonObject body)
    {
        var template = engine.Template ?? throw new ApiFault(400, "This model has no chat template; use /v1/completions.", "model");
        var variables = new JsonObject();
        if (body["chat_template_kwargs"] is JsonObject extra)
        {
            foreach (var (name, value) in extra)
            {
                variables[name] = value?.DeepClone();
            }
        }

        try
        {
            return template.Render(messages, new RenderOptions
            {
                Tools = body["tools"] as JsonArray,
                AddGenerationPrompt = body.Flag("add_generation_prompt", true),
                ContinueFinalMessage = body.Flag("continue_final_message") ? "content" : null,
                Now = time.GetLocalNow().DateTime,
                Variables = variables,
            }).Text;
        }
        catch (TemplateException fault)
        {
            throw new ApiFault(400, $"The model's chat template refused the messages: {fault.Message}", "messages");
        }
    }

    private static int? TopLogProbabilities(JsonObject body)
    {
        var top = body.Integer("top_logprobs", 0, 20);
        if (!body.Flag("logprobs"))
        {
            return top is null ? null : throw new ApiFault(400, "'top_logprobs' needs 'logprobs': true.", "top_logprobs");
        }

        return top ?? 0;
    }
}
