using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Studio.Data;

namespace Studio.Training.Evaluation;

/// <summary>An OpenAI-compatible endpoint as judge, a few prompts at a time; refusals to serve (429, 5xx) are tried again with growing pauses.</summary>
/// <param name="address">Up to and with <c>/v1</c>.</param>
/// <param name="key">Bearer token; null sends none.</param>
public sealed class EndpointJudge(HttpClient client, string address, string model, string? key, TimeProvider time) : Judge
{
    private const int AtOnce = 4;
    private const int Attempts = 4;
    private const int AnswerTokens = 512;

    public override async Task<IReadOnlyList<string?>> ChooseAsync(IReadOnlyList<string> prompts, IReadOnlyList<string> choices, CancellationToken cancellation)
    {
        var chosen = new string?[prompts.Count];
        await Parallel.ForAsync(0, prompts.Count, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellation }, async (i, stop) =>
            chosen[i] = Read(await AskAsync(prompts[i], stop).ConfigureAwait(false), choices)).ConfigureAwait(false);
        return chosen;
    }

    /// <summary>The last choice that stands in the answer as a word of its own: judges that explain themselves end with their verdict.</summary>
    internal static string? Read(string answer, IReadOnlyList<string> choices) => choices
        .Select(c => (Choice: c, At: Regex.Matches(answer, $@"(?<![\w]){Regex.Escape(c)}(?![\w'’])", RegexOptions.CultureInvariant, TimeSpan.FromSeconds(1)) is { Count: > 0 } found ? found[^1].Index : -1))
        .Where(c => c.At >= 0)
        .OrderByDescending(c => c.At)
        .Select(c => c.Choice)
        .FirstOrDefault();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            client.Dispose();
        }
    }

    private async Task<string> AskAsync(string prompt, CancellationToken cancellation)
    {
        var body = new JsonObject
        {
            ["model"] = model,
            ["messages"] = new JsonArray { new JsonObject { ["role"] = "user", ["content"] = prompt } },
            ["temperature"] = 0,
            ["max_tokens"] = AnswerTokens,
        }.ToJsonString(StudioJson.Options);
        for (var attempt = 1; ; attempt++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, address.TrimEnd('/') + "/chat/completions") { Content = new StringContent(body, Encoding.UTF8, "application/json") };
            if (key is not null)
            {
                request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
            }

            using var response = await client.SendAsync(request, cancellation).ConfigureAwait(false);
            var text = await response.Content.ReadAsStringAsync(cancellation).ConfigureAwait(false);
            if (response.IsSuccessStatusCode)
            {
                try
                {
                    return (string?)JsonNode.Parse(text)?["choices"]?[0]?["message"]?["content"] ?? "";
                }
                catch (Exception fault) when (fault is JsonException or InvalidOperationException)
                {
                    throw new InvalidDataException($"The judge at {address} did not answer as an OpenAI-compatible endpoint does ({fault.Message}).");
                }
            }

            if (attempt == Attempts || (response.StatusCode != HttpStatusCode.TooManyRequests && (int)response.StatusCode < 500))
            {
                throw new InvalidDataException($"The judge at {address} answered with {(int)response.StatusCode}: {(text.Length > 200 ? text[..200] : text)}");
            }

            await Task.Delay(TimeSpan.FromSeconds(Math.Pow(2, attempt - 1)), time, cancellation).ConfigureAwait(false);
        }
    }
}
