using System.Text;
using System.Text.Json.Nodes;
using Studio.Data.Examples;
using Studio.Web.Serving;

namespace Studio.Web.Pages.Playground;

/// <summary>One turn of a conversation as the page shows it; an answer grows while it streams.</summary>
public sealed class Turn(string role, string text = "")
{
    private readonly StringBuilder content = new(text);

    public string Role { get; } = role;

    public string Text => content.ToString();

    /// <summary>Tokens with their probabilities, where they were asked for.</summary>
    public List<TokenProbability> Tokens { get; } = [];

    public int Count { get; private set; }

    public double? FirstTokenMs { get; private set; }

    /// <summary>Tokens per second after the first.</summary>
    public double? Rate { get; private set; }

    public string? FinishReason { get; private set; }

    public string? Error { get; set; }

    public bool Stopped { get; set; }

    /// <summary>The vote in which this answer stands, once there was one.</summary>
    public string? VoteId { get; set; }

    /// <summary>True when this answer was preferred or called good, false when it was not; null before a vote.</summary>
    public bool? Liked { get; set; }

    /// <param name="elapsed">Since the question was sent.</param>
    public void Take(ChatDelta delta, TimeSpan elapsed)
    {
        if (delta.Error is { } error)
        {
            Error = error;
            return;
        }

        content.Append(delta.Text);
        Tokens.AddRange(delta.Tokens);
        if (delta.Text.Length > 0 || delta.Tokens.Count > 0)
        {
            FirstTokenMs ??= elapsed.TotalMilliseconds;
            Count += Math.Max(1, delta.Tokens.Count);
        }

        // The worker's own count is exact; pieces of text are not always one token each.
        Count = delta.CompletionTokens ?? Count;
        FinishReason = delta.FinishReason ?? FinishReason;
        if (FirstTokenMs is { } first && elapsed.TotalMilliseconds - first > 1 && Count > 1)
        {
            Rate = (Count - 1) * 1000 / (elapsed.TotalMilliseconds - first);
        }
    }
}

/// <summary>A column of the playground: a model and what was said with it.</summary>
public sealed class Conversation(string model) : IDisposable
{
    private CancellationTokenSource? running;

    public string Model { get; } = model;

    public List<Turn> Turns { get; } = [];

    public bool Busy => running is not null;

    /// <summary>Asks and takes in the answer as it comes; a failed or stopped answer stays visible and is left out of what is sent later.</summary>
    /// <param name="changed">Called after every piece.</param>
    public async Task AskAsync(ChatGateway gateway, string question, string? system, ChatOptions options, TimeProvider clock, Action changed)
    {
        Stop();
        using var source = new CancellationTokenSource();
        running = source;
        Turns.Add(new Turn("user", question));
        var messages = Messages(system);
        var answer = new Turn("assistant");
        Turns.Add(answer);
        changed();
        var started = clock.GetTimestamp();
        try
        {
            await foreach (var delta in gateway.ChatAsync(Model, messages, options, source.Token))
            {
                answer.Take(delta, clock.GetElapsedTime(started));
                changed();
            }
        }
        catch (OperationCanceledException)
        {
            answer.Stopped = true;
        }
        finally
        {
            if (ReferenceEquals(running, source))
            {
                running = null;
            }

            changed();
        }
    }

    /// <summary>The last answer, when it is whole and can be judged.</summary>
    public Turn? Answer => !Busy && Turns is [.., { Role: "assistant", Error: null, Text.Length: > 0 } last] ? last : null;

    /// <summary>What the last answer was given to.</summary>
    public IReadOnlyList<Message> Asked(string? system) =>
        [.. Messages(system).OfType<JsonObject>().SkipLast(1).Select(m => new Message { Role = m["role"]!.GetValue<string>(), Content = m["content"]!.GetValue<string>() })];

    public void Stop()
    {
        running?.Cancel();
        running = null;
    }

    public void Dispose() => Stop();

    internal JsonArray Messages(string? system)
    {
        var messages = new JsonArray();
        if (!string.IsNullOrWhiteSpace(system))
        {
            messages.Add(Sent("system", system.Trim()));
        }

        for (var i = 0; i < Turns.Count; i++)
        {
            // A question whose answer failed would leave two questions in a row.
            if (Turns[i] is { Role: "assistant", Error: not null } or { Role: "assistant", Text.Length: 0 } || (i + 1 < Turns.Count && (Turns[i + 1].Error is not null || (Turns[i + 1].Role == "assistant" && Turns[i + 1].Text.Length == 0))))
            {
                continue;
            }

            messages.Add(Sent(Turns[i].Role, Turns[i].Text));
        }

        return messages;
    }

    private static JsonObject Sent(string role, string content) => new() { ["role"] = role, ["content"] = content };
}
