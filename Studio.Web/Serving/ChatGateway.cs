using System.Net;
using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Studio.Data;
using Studio.Web.Telemetry;

namespace Studio.Web.Serving;

/// <summary>Carries chat and completion requests to the worker that has the model, and the answers back as they come.</summary>
public sealed class ChatGateway(ModelDirectory directory, LocalWorkers workers, EndpointTraffic traffic, RecentAnswers recent, StudioMeters meters, TimeProvider time, ILogger<ChatGateway> logger)
{
    public const string ChatPath = "/v1/chat/completions";
    public const string CompletionPath = "/v1/completions";

    private static readonly byte[] Done = "data: [DONE]\n\n"u8.ToArray();

    /// <summary>Answers a request of <c>/v1</c>. Faults before the first byte are thrown; later ones go into the stream.</summary>
    /// <exception cref="RequestException">Unknown model, full queue, worker not available, or what the worker refused.</exception>
    public async Task ForwardAsync(HttpContext context, string path, JsonObject body)
    {
        var name = body["model"]?.GetValue<string>() ?? "";
        var started = time.GetTimestamp();
        var usage = new Usage();
        var failed = true;
        try
        {
            var streamed = body["stream"] is JsonValue flag && flag.GetValueKind() == JsonValueKind.True;
            var (place, answer) = await OpenAsync(name, path, body, context.RequestAborted);
            using (place)
            using (answer)
            {
                failed = await (streamed ? PassStreamAsync(context, answer, name, started, usage) : PassWholeAsync(context, answer, name, started, usage));
            }
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The client went away; closing the connection to the worker stops its decoding.
            failed = false;
        }
        finally
        {
            if (!failed && path == ChatPath)
            {
                recent.Keep(usage.Id, name, body["messages"] as JsonArray, usage.Text);
            }

            traffic.Record(name, failed, usage.FirstTokenMs, usage.Prompt, usage.Completion);
            meters.Request(path, failed, usage.Prompt, usage.Completion, time.GetElapsedTime(started));
        }
    }

    /// <summary>A streamed answer for the playground. Faults come as the last delta.</summary>
    public async IAsyncEnumerable<ChatDelta> ChatAsync(string model, JsonArray messages, ChatOptions chat, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var body = RequestBody(model, messages, chat);
        var fault = ChatRequests.CheckChat(body);
        if (fault is not null)
        {
            yield return new ChatDelta { Error = fault.Message };
            yield break;
        }

        var started = time.GetTimestamp();
        var usage = new Usage();
        string? problem = null;
        IDisposable? place = null;
        HttpResponseMessage? answer = null;
        try
        {
            (place, answer) = await OpenAsync(model, ChatPath, body, cancellation);
        }
        catch (RequestException refused)
        {
            problem = refused.Message;
        }

        if (problem is not null || answer is null)
        {
            traffic.Record(model, true, null, 0, 0);
            yield return new ChatDelta { Error = problem };
            yield break;
        }

        using (place)
        using (answer)
        {
            var events = SseParser.Create(await answer.Content.ReadAsStreamAsync(cancellation)).EnumerateAsync(cancellation).GetAsyncEnumerator(cancellation);
            await using (events.ConfigureAwait(false))
            {
                while (true)
                {
                    try
                    {
                        if (!await events.MoveNextAsync() || events.Current.Data == "[DONE]")
                        {
                            break;
                        }
                    }
                    catch (Exception broken) when (broken is HttpRequestException or IOException)
                    {
                        problem = "The worker ended in the middle of the answer.";
                        break;
                    }

                    if (Parse(events.Current.Data) is not { } chunk)
                    {
                        continue;
                    }

                    if (chunk["error"] is { } error)
                    {
                        problem = (error as JsonObject)?["message"]?.ToString() ?? error.ToString();
                        break;
                    }

                    usage.Take(chunk, time.GetElapsedTime(started));
                    yield return Delta(chunk);
                }
            }
        }

        traffic.Record(model, problem is not null, usage.FirstTokenMs, usage.Prompt, usage.Completion);
        meters.Request("playground", problem is not null, usage.Prompt, usage.Completion, time.GetElapsedTime(started));
        if (problem is not null)
        {
            yield return new ChatDelta { Error = problem };
        }
    }

    private async Task<(IDisposable Place, HttpResponseMessage Answer)> OpenAsync(string name, string path, JsonObject body, CancellationToken cancellation)
    {
        var served = directory.Find(name) ?? throw ServingFaults.ModelNotFound(name);
        var worker = workers.For(served.Base);
        var place = worker.Enter();
        try
        {
            for (var attempt = 1; ; attempt++)
            {
                body["model"] = await PrepareAsync(worker, served, cancellation);
                try
                {
                    return (place, await worker.SendAsync(path, body, cancellation));
                }
                catch (HttpRequestException fault) when (attempt == 1)
                {
                    // Nothing was answered yet: once more with a fresh worker.
                    logger.LogWarning("The worker of {Model} did not answer: {Reason}", served.Base.Name, fault.Message);
                    await worker.StopAsync();
                }
                catch (HttpRequestException fault)
                {
                    throw ServingFaults.WorkerFailed(fault.Message);
                }
            }
        }
        catch
        {
            place.Dispose();
            throw;
        }
    }

    private static async Task<string> PrepareAsync(LocalWorker worker, ServedModel served, CancellationToken cancellation)
    {
        try
        {
            return await worker.PrepareAsync(served, cancellation);
        }
        catch (Exception fault) when (fault is HttpRequestException or InvalidDataException or IOException)
        {
            throw ServingFaults.WorkerFailed(fault.Message);
        }
    }

    private async Task<bool> PassWholeAsync(HttpContext context, HttpResponseMessage answer, string name, long started, Usage usage)
    {
        var text = await ReadAsync(answer, context.RequestAborted);
        var response = context.Response;
        if (answer.IsSuccessStatusCode && Parse(text) is { } whole)
        {
            whole["model"] = name;
            usage.Take(whole, time.GetElapsedTime(started));
            response.ContentType = "application/json";
            await response.WriteAsync(whole.ToJsonString(StudioJson.Options), context.RequestAborted);
            return false;
        }

        throw Refused(answer, text);
    }

    private async Task<bool> PassStreamAsync(HttpContext context, HttpResponseMessage answer, string name, long started, Usage usage)
    {
        if (!answer.IsSuccessStatusCode)
        {
            throw Refused(answer, await ReadAsync(answer, context.RequestAborted));
        }

        var response = context.Response;
        response.ContentType = "text/event-stream; charset=utf-8";
        response.Headers.CacheControl = "no-cache";
        response.Headers["X-Accel-Buffering"] = "no";
        context.Features.Get<Microsoft.AspNetCore.Http.Features.IHttpResponseBodyFeature>()?.DisableBuffering();
        var (failed, done) = (false, false);
        try
        {
            await foreach (var item in SseParser.Create(await answer.Content.ReadAsStreamAsync(context.RequestAborted)).EnumerateAsync(context.RequestAborted))
            {
                if (item.Data == "[DONE]")
                {
                    done = true;
                    break;
                }

                if (Parse(item.Data) is not { } chunk)
                {
                    continue;
                }

                if (chunk["error"] is null)
                {
                    chunk["model"] = name;
                    usage.Take(chunk, time.GetElapsedTime(started));
                }
                else
                {
                    failed = true;
                }

                await WriteEventAsync(response, chunk, context.RequestAborted);
            }
        }
        catch (Exception fault) when (fault is HttpRequestException or IOException && !context.RequestAborted.IsCancellationRequested)
        {
            logger.LogWarning("A stream of {Model} broke: {Reason}", name, fault.Message);
        }

        if (!done && !failed)
        {
            failed = true;
            await WriteEventAsync(response, new JsonObject { ["error"] = new JsonObject { ["message"] = "The worker ended in the middle of the answer.", ["type"] = "server_error", ["param"] = null, ["code"] = "worker_unavailable" } }, context.RequestAborted);
        }

        await response.Body.WriteAsync(Done, context.RequestAborted);
        await response.Body.FlushAsync(context.RequestAborted);
        return failed;
    }

    private static async Task WriteEventAsync(HttpResponse response, JsonObject chunk, CancellationToken cancellation)
    {
        await response.Body.WriteAsync(Encoding.UTF8.GetBytes($"data: {chunk.ToJsonString(StudioJson.Options)}\n\n"), cancellation);
        await response.Body.FlushAsync(cancellation);
    }

    private static async Task<string> ReadAsync(HttpResponseMessage answer, CancellationToken cancellation)
    {
        try
        {
            return await answer.Content.ReadAsStringAsync(cancellation);
        }
        catch (Exception fault) when (fault is HttpRequestException or IOException)
        {
            throw ServingFaults.WorkerFailed("its worker ended in the middle of the answer");
        }
    }

    private static RequestException Refused(HttpResponseMessage answer, string body)
    {
        var code = (Parse(body)?["error"] as JsonObject)?["code"]?.ToString();
        var message = LocalWorker.MessageOf(body, answer.StatusCode);
        return answer.StatusCode switch
        {
            HttpStatusCode.TooManyRequests => ServingFaults.Busy(),
            HttpStatusCode.BadRequest or HttpStatusCode.UnprocessableEntity => new RequestException(400, code ?? "invalid_value", message),
            HttpStatusCode.NotFound => new RequestException(404, "model_not_found", message),
            _ => ServingFaults.WorkerFailed(message),
        };
    }

    private static JsonObject? Parse(string text)
    {
        try
        {
            return JsonNode.Parse(text) as JsonObject;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static JsonObject RequestBody(string model, JsonArray messages, ChatOptions chat)
    {
        var body = new JsonObject
        {
            ["model"] = model,
            ["messages"] = messages.DeepClone(),
            ["stream"] = true,
            ["stream_options"] = new JsonObject { ["include_usage"] = true },
        };
        void Set(string name, JsonNode? value)
        {
            if (value is not null)
            {
                body[name] = value;
            }
        }

        Set("temperature", chat.Temperature);
        Set("top_p", chat.TopP);
        Set("top_k", chat.TopK);
        Set("max_tokens", chat.MaxTokens);
        Set("seed", chat.Seed);
        Set("stop", chat.Stop.Count > 0 ? new JsonArray([.. chat.Stop.Select(s => (JsonNode)s)]) : null);
        if (chat.TopLogprobs is { } top)
        {
            body["logprobs"] = true;
            body["top_logprobs"] = top;
        }

        // As it would arrive over HTTP: the checks ask what kind of JSON a value is, not of which .NET type.
        return (JsonObject)JsonNode.Parse(body.ToJsonString(StudioJson.Options))!;
    }

    private static ChatDelta Delta(JsonObject chunk)
    {
        var choice = (chunk["choices"] as JsonArray)?.FirstOrDefault() as JsonObject;
        var usage = chunk["usage"] as JsonObject;
        return new ChatDelta
        {
            Text = (choice?["delta"] as JsonObject)?["content"]?.ToString() ?? "",
            FinishReason = choice?["finish_reason"]?.ToString(),
            PromptTokens = usage?["prompt_tokens"]?.GetValue<int>(),
            CompletionTokens = usage?["completion_tokens"]?.GetValue<int>(),
            Tokens = (choice?["logprobs"] as JsonObject)?["content"] is JsonArray tokens ? [.. tokens.OfType<JsonObject>().Select(Token)] : [],
        };
    }

    private static TokenProbability Token(JsonObject token) => new(
        token["token"]?.ToString() ?? "",
        token["logprob"]?.GetValue<double>() ?? 0,
        token["top_logprobs"] is JsonArray others ? [.. others.OfType<JsonObject>().Select(Token)] : []);

    private sealed class Usage
    {
        private readonly StringBuilder text = new();

        /// <summary>Id of the answer, by which a client may flag it later.</summary>
        public string? Id { get; private set; }

        /// <summary>The first choice as far as it came.</summary>
        public string Text => text.ToString();

        public double? FirstTokenMs { get; private set; }

        public int Prompt { get; private set; }

        public int Completion { get; private set; }

        public void Take(JsonObject chunk, TimeSpan elapsed)
        {
            FirstTokenMs ??= elapsed.TotalMilliseconds;
            Id ??= (chunk["id"] as JsonValue)?.ToString();
            if ((chunk["choices"] as JsonArray)?.OfType<JsonObject>().FirstOrDefault(c => c["index"] is null || c["index"]!.ToString() == "0") is { } choice
                && ((choice["delta"] ?? choice["message"]) as JsonObject)?["content"] is JsonValue piece && text.Length <= RecentAnswers.LongestText)
            {
                text.Append(piece);
            }

            if (chunk["usage"] is JsonObject usage)
            {
                Prompt = usage["prompt_tokens"]?.GetValue<int>() ?? Prompt;
                Completion = usage["completion_tokens"]?.GetValue<int>() ?? Completion;
            }
        }
    }
}
