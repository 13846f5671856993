using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Studio.Data;
using Studio.Training.Generation;

namespace Studio.Training.Serving;

/// <summary>Parts that all answers share.</summary>
internal static class Replies
{
    public const string Fingerprint = "studio";

    public static string Word(FinishReason reason) => reason == FinishReason.Length ? "length" : "stop";

    /// <summary>JSON has no infinities; the API's convention for "impossible" is a very small number.</summary>
    public static double Finite(double logProbability) => double.IsFinite(logProbability) ? logProbability : -9999;

    public static JsonObject Usage(int promptTokens, int completionTokens) => new()
    {
        ["prompt_tokens"] = promptTokens,
        ["completion_tokens"] = completionTokens,
        ["total_tokens"] = promptTokens + completionTokens,
    };

    public static Task WriteJsonAsync(HttpContext http, JsonNode body, int status = 200)
    {
        http.Response.StatusCode = status;
        http.Response.ContentType = "application/json; charset=utf-8";
        return http.Response.WriteAsync(body.ToJsonString(StudioJson.Options), http.RequestAborted);
    }
}
