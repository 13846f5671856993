using System.Text.Json.Nodes;

namespace Studio.Training.Generation;

/// <summary>Counters of an engine, readable from any thread.</summary>
public sealed class EngineStatistics
{
    private long _requests;
    private long _promptTokens;
    private long _reusedPromptTokens;
    private long _generatedTokens;
    private long _steps;
    private int _waiting;
    private int _active;
    private double _tokensPerSecond;

    public int Waiting => Volatile.Read(ref _waiting);

    public int Active => Volatile.Read(ref _active);

    public long GeneratedTokens => Interlocked.Read(ref _generatedTokens);

    /// <summary>Prompt tokens whose keys and values came from the prefix cache or a sibling.</summary>
    public long ReusedPromptTokens => Interlocked.Read(ref _reusedPromptTokens);

    /// <summary>Decoding steps, each for all rows of the batch at that moment.</summary>
    public long Steps => Interlocked.Read(ref _steps);

    public JsonObject ToJson() => new()
    {
        ["requests"] = Interlocked.Read(ref _requests),
        ["waiting"] = Waiting,
        ["active"] = Active,
        ["prompt_tokens"] = Interlocked.Read(ref _promptTokens),
        ["reused_prompt_tokens"] = ReusedPromptTokens,
        ["generated_tokens"] = GeneratedTokens,
        ["steps"] = Steps,
        ["tokens_per_second"] = Math.Round(Volatile.Read(ref _tokensPerSecond), 2),
    };

    internal void Enqueued() => Interlocked.Increment(ref _waiting);

    internal void Admitted(int promptTokens, int reused)
    {
        Interlocked.Decrement(ref _waiting);
        Interlocked.Increment(ref _requests);
        Interlocked.Increment(ref _active);
        Interlocked.Add(ref _promptTokens, promptTokens);
        Interlocked.Add(ref _reusedPromptTokens, reused);
    }

    internal void Abandoned() => Interlocked.Decrement(ref _waiting);

    internal void Ended() => Interlocked.Decrement(ref _active);

    internal void Stepped(int rows, TimeSpan took)
    {
        Interlocked.Increment(ref _steps);
        Interlocked.Add(ref _generatedTokens, rows);
        var rate = rows / Math.Max(took.TotalSeconds, 1e-6);
        Volatile.Write(ref _tokensPerSecond, _tokensPerSecond == 0 ? rate : (0.9 * _tokensPerSecond) + (0.1 * rate));
    }
}
