using System.Text.Json.Nodes;
using System.Threading.Channels;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Studio.Data;
using Studio.Training.Generation;

namespace Studio.Training.Serving;

/// <summary>Server-sent events as the OpenAI API writes them: one <c>data:</c> line per event, flushed at once, <c>[DONE]</c> last.</summary>
internal sealed class EventStream(HttpContext http)
{
    private bool _started;

    /// <summary>Runs the body of a stream; a fault after the first byte becomes an error event, because the status can no longer change.</summary>
    public async Task RunAsync(Func<Task> body)
    {
        try
        {
            await body().ConfigureAwait(false);
            await WriteAsync("[DONE]").ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested)
        {
            // The client left; the engine has stopped decoding by the same token.
        }
        catch (Exception fault) when (_started && fault is not OperationCanceledException)
        {
            var error = fault as ApiFault ?? new ApiFault(500, "The worker failed while answering.", type: "server_error");
            await WriteAsync(error.ToJson().ToJsonString(StudioJson.Options)).ConfigureAwait(false);
        }
    }

    public Task SendAsync(JsonObject value) => WriteAsync(value.ToJsonString(StudioJson.Options));

    /// <summary>Hands on the deltas of several answers as they come, one at a time.</summary>
    public static async Task MergeAsync(IReadOnlyList<IAsyncEnumerable<GenerationDelta>> streams, Func<int, GenerationDelta, Task> handle)
    {
        if (streams.Count == 1)
        {
            await foreach (var delta in streams[0].ConfigureAwait(false))
            {
                await handle(0, delta).ConfigureAwait(false);
            }

            return;
        }

        var merged = Channel.CreateUnbounded<(int, GenerationDelta)>();
        var readers = streams.Select(async (stream, index) =>
        {
            await foreach (var delta in stream.ConfigureAwait(false))
            {
                merged.Writer.TryWrite((index, delta));
            }
        }).ToList();
        var closing = Task.WhenAll(readers).ContinueWith(done => merged.Writer.Complete(done.Exception?.GetBaseException()), TaskScheduler.Default);
        await foreach (var (index, delta) in merged.Reader.ReadAllAsync().ConfigureAwait(false))
        {
            await handle(index, delta).ConfigureAwait(false);
        }

        await closing.ConfigureAwait(false);
    }

    private async Task WriteAsync(string data)
    {
        if (!_started)
        {
            _started = true;
            http.Response.ContentType = "text/event-stream";
            http.Response.Headers.CacheControl = "no-cache";
            http.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        }

        await http.Response.WriteAsync("data: " + data + "\n\n", http.RequestAborted).ConfigureAwait(false);
        await http.Response.Body.FlushAsync(http.RequestAborted).ConfigureAwait(false);
    }
}
