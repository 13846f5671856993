using System.Text.Json.Nodes;
using Studio.Data.Examples;
using Studio.Data.Reviews;

namespace Studio.Web.Serving;

/// <summary>A question and its answer, as a client may flag it later.</summary>
public sealed record RecentAnswer(string RequestId, string Model, IReadOnlyList<Message> Prompt, string Answer);

/// <summary>The newest answers of the endpoints, in memory only, so that a client can flag one by its id alone.</summary>
public sealed class RecentAnswers
{
    public const int Most = 500;
    public const int LongestText = Vote.LongestText;

    private readonly Lock gate = new();
    private readonly Dictionary<string, RecentAnswer> byId = new(StringComparer.Ordinal);
    private readonly Queue<string> order = [];

    public RecentAnswer? Find(string requestId)
    {
        lock (gate)
        {
            return byId.GetValueOrDefault(requestId);
        }
    }

    public void Keep(string? requestId, string model, JsonArray? messages, string answer)
    {
        if (requestId is null || messages is null || answer.Length is 0 or > LongestText || Read(messages) is not { Count: > 0 } prompt || prompt.Sum(m => m.Content?.Length ?? 0) > LongestText)
        {
            return;
        }

        lock (gate)
        {
            if (!byId.ContainsKey(requestId))
            {
                order.Enqueue(requestId);
            }

            byId[requestId] = new RecentAnswer(requestId, model, prompt, answer);
            while (order.Count > Most)
            {
                byId.Remove(order.Dequeue());
            }
        }
    }

    /// <summary>Messages as the data formats know them; parts of text are joined. Null when a message has no text.</summary>
    public static IReadOnlyList<Message>? Read(JsonArray messages)
    {
        List<Message> read = [];
        foreach (var message in messages)
        {
            var content = (message as JsonObject)?["content"] switch
            {
                JsonValue text when text.GetValueKind() == System.Text.Json.JsonValueKind.String => text.GetValue<string>(),
                JsonArray parts => string.Concat(parts.OfType<JsonObject>().Select(p => p["text"]?.ToString())),
                _ => null,
            };
            if (content is null || (message as JsonObject)?["role"]?.ToString() is not ("system" or "developer" or "user" or "assistant" or "tool"))
            {
                return null;
            }

            read.Add(new Message { Role = message!["role"]!.ToString(), Content = content });
        }

        return read;
    }
}
