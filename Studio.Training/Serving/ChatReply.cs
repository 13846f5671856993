using System.Text;
using System.Text.Json.Nodes;
using Studio.Training.Generation;

namespace Studio.Training.Serving;

/// <summary>Builds the JSON of chat answers.</summary>
internal sealed class ChatReply(string id, long created, string model)
{
    public JsonObject Whole(IReadOnlyList<GenerationResult> results)
    {
        JsonArray choices = [];
        for (var i = 0; i < results.Count; i++)
        {
            choices.Add(new JsonObject
            {
                ["index"] = i,
                ["message"] = new JsonObject { ["role"] = "assistant", ["content"] = results[i].Text, ["refusal"] = null },
                ["logprobs"] = results[i].Tokens.Count > 0 ? LogProbabilities(results[i].Tokens) : null,
                ["finish_reason"] = Replies.Word(results[i].Finish),
            });
        }

        return new JsonObject
        {
            ["id"] = id,
            ["object"] = "chat.completion",
            ["created"] = created,
            ["model"] = model,
            ["system_fingerprint"] = Replies.Fingerprint,
            ["choices"] = choices,
            ["usage"] = Replies.Usage(results[0].PromptTokens, results.Sum(r => r.Ids.Count)),
        };
    }

    public JsonObject Chunk(int choice, JsonObject delta, FinishReason? finish, JsonObject? logProbabilities) =>
        Frame([new JsonObject { ["index"] = choice, ["delta"] = delta, ["logprobs"] = logProbabilities, ["finish_reason"] = finish is { } reason ? Replies.Word(reason) : null }]);

    public JsonObject UsageChunk(int promptTokens, int generated)
    {
        var frame = Frame([]);
        frame["usage"] = Replies.Usage(promptTokens, generated);
        return frame;
    }

    public static JsonObject LogProbabilities(IReadOnlyList<GeneratedToken> tokens)
    {
        static JsonObject One(string piece, double logProbability) => new()
        {
            ["token"] = piece,
            ["logprob"] = Replies.Finite(logProbability),
            ["bytes"] = new JsonArray([.. Encoding.UTF8.GetBytes(piece).Select(b => JsonValue.Create((int)b))]),
        };

        JsonArray content = [];
        foreach (var token in tokens)
        {
            var entry = One(token.Piece, token.LogProbability);
            entry["top_logprobs"] = new JsonArray([.. token.Top.Select(t => One(t.Piece, t.LogProbability))]);
            content.Add(entry);
        }

        return new JsonObject { ["content"] = content, ["refusal"] = null };
    }

    private JsonObject Frame(JsonArray choices) => new()
    {
        ["id"] = id,
        ["object"] = "chat.completion.chunk",
        ["created"] = created,
        ["model"] = model,
        ["system_fingerprint"] = Replies.Fingerprint,
        ["choices"] = choices,
    };
}
