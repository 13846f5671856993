using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Studio.Training.Generation;

namespace Studio.Training.Serving;

/// <summary><c>POST /v1/completions</c>: continues a prompt as it stands, without a template.</summary>
internal sealed class CompletionEndpoint(Engine engine, TimeProvider time)
{
    /// <summary>The default of the OpenAI API.</summary>
    private const int DefaultMaxTokens = 16;

    public async Task HandleAsync(HttpContext http)
    {
        var cancellation = http.RequestAborted;
        var body = await JsonReading.ReadObjectAsync(http.Request.Body, cancellation).ConfigureAwait(false);
        var request = SamplingRequest.Read(body, engine.VocabularySize, DefaultMaxTokens);
        var echo = body.Flag("echo");
        var top = body.Integer("logprobs", 0, 20);
        List<GenerationRequest> generations = [];
        List<string> prompts = [];
        foreach (var (ids, text) in Prompts(body))
        {
            for (var choice = 0; choice < request.Choices; choice++)
            {
                prompts.Add(text);
                generations.Add(request.ToGeneration(engine, ids, choice, top));
            }
        }

        var frame = new Frame("cmpl-" + Guid.NewGuid().ToString("N"), time.GetUtcNow().ToUnixTimeSeconds(), request.Model);
        if (!request.Stream)
        {
            var results = await Task.WhenAll(generations.Select(g => engine.CompleteAsync(g, cancellation))).ConfigureAwait(false);
            var answer = frame.With([.. results.Select((r, i) => (JsonNode)frame.Choice(i, (echo ? prompts[i] : "") + r.Text, r.Tokens, r.Finish))]);
            answer["usage"] = Replies.Usage(results.Where((_, i) => i % request.Choices == 0).Sum(r => r.PromptTokens), results.Sum(r => r.Ids.Count));
            await Replies.WriteJsonAsync(http, answer).ConfigureAwait(false);
            return;
        }

        var streams = generations.Select(g => engine.GenerateAsync(g, cancellation)).ToList();
        var events = new EventStream(http);
        var generated = 0;
        await events.RunAsync(async () =>
        {
            if (echo)
            {
                for (var i = 0; i < prompts.Count; i++)
                {
                    await events.SendAsync(frame.With([frame.Choice(i, prompts[i], [], null)])).ConfigureAwait(false);
                }
            }

            await EventStream.MergeAsync(streams, async (choice, delta) =>
            {
                generated += delta.Token is null ? 0 : 1;
                if (delta.Text.Length > 0 || delta.Finish is not null || (top is not null && delta.Token is not null))
                {
                    IReadOnlyList<GeneratedToken> tokens = top is not null && delta.Token is { } token ? [token] : [];
                    await events.SendAsync(frame.With([frame.Choice(choice, delta.Text, tokens, delta.Finish)])).ConfigureAwait(false);
                }
            }).ConfigureAwait(false);
            if (request.IncludeUsage)
            {
                var usage = frame.With([]);
                usage["usage"] = Replies.Usage(generations.Where((_, i) => i % request.Choices == 0).Sum(g => g.PromptIds.Count), generated);
                await events.SendAsync(usage).ConfigureAwait(false);
            }
        }).ConfigureAwait(false);
    }

    /// <summary>A string, a list of strings, token ids, or a list of lists of token ids.</summary>
    private IEnumerable<(IReadOnlyList<int> Ids, string Text)> Prompts(JsonObject body)
    {
        switch (body["prompt"])
        {
            case null:
                throw new ApiFault(400, "'prompt' is missing.", "prompt");
            case JsonValue value when value.GetValueKind() == JsonValueKind.String:
                yield return Encode(value.GetValue<string>());
                break;
            case JsonArray { Count: > 0 and <= 64 } list when list.All(i => i is JsonValue v && v.GetValueKind() == JsonValueKind.String):
                foreach (var item in list)
                {
                    yield return Encode(item!.GetValue<string>());
                }

                break;
            case JsonArray { Count: > 0 } list when list.All(i => i is JsonValue v && v.GetValueKind() == JsonValueKind.Number):
                yield return Tokens(list);
                break;
            case JsonArray { Count: > 0 and <= 64 } lists when lists.All(i => i is JsonArray { Count: > 0 }):
                foreach (var list in lists)
                {
                    yield return Tokens(list!.AsArray());
                }

                break;
            default:
                throw new ApiFault(400, "'prompt' must be a string, a list of at most 64 strings, or token ids.", "prompt");
        }
    }

    private (IReadOnlyList<int>, string) Encode(string text)
    {
        var ids = engine.Tokenizer.Encode(text).Ids;
        return ids.Length > 0 ? (ids, text)
            : engine.BosTokenId is { } bos ? ([bos], text)
            : throw new ApiFault(400, "'prompt' is empty and this model has no token to begin a text with.", "prompt");
    }

    private (IReadOnlyList<int>, string) Tokens(JsonArray list)
    {
        var ids = list.Select(i => i is JsonValue v && v.TryGetValue(out int id) && id >= 0 && id < engine.VocabularySize
            ? id
            : throw new ApiFault(400, $"'prompt' holds a token id outside 0 to {engine.VocabularySize - 1}.", "prompt")).ToList();
        return (ids, engine.Tokenizer.Decode(ids));
    }

    private sealed class Frame(string id, long created, string model)
    {
        public JsonObject With(JsonArray choices) => new()
        {
            ["id"] = id,
            ["object"] = "text_completion",
            ["created"] = created,
            ["model"] = model,
            ["system_fingerprint"] = Replies.Fingerprint,
            ["choices"] = choices,
        };

        public JsonObject Choice(int index, string text, IReadOnlyList<GeneratedToken> tokens, FinishReason? finish) => new()
        {
            ["text"] = text,
            ["index"] = index,
            ["logprobs"] = tokens.Count > 0 ? LogProbabilities(tokens) : null,
            ["finish_reason"] = finish is { } reason ? Replies.Word(reason) : null,
        };

        private static JsonObject LogProbabilities(IReadOnlyList<GeneratedToken> tokens)
        {
            var offset = 0;
            JsonArray offsets = [];
            foreach (var token in tokens)
            {
                offsets.Add(offset);
                offset += token.Piece.Length;
            }

            return new JsonObject
            {
                ["tokens"] = new JsonArray([.. tokens.Select(t => (JsonNode)t.Piece)]),
                ["token_logprobs"] = new JsonArray([.. tokens.Select(t => (JsonNode)Replies.Finite(t.LogProbability))]),
                ["top_logprobs"] = new JsonArray([.. tokens.Select(Top)]),
                ["text_offset"] = offsets,
            };
        }

        private static JsonNode Top(GeneratedToken token)
        {
            JsonObject top = [];
            foreach (var (_, piece, logProbability) in token.Top)
            {
                top[piece] = Replies.Finite(logProbability);
            }

            return top;
        }
    }
}
