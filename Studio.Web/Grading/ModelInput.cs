using System.Text.Json.Nodes;

namespace Studio.Web.Grading;

/// <summary>The messages of a grader that asks a model.</summary>
internal static class ModelInput
{
    public static JsonArray Of(JsonObject criterion, string place) => criterion["input"] is JsonArray { Count: > 0 } messages && messages.All(m => m is JsonObject)
        ? messages
        : throw RequestException.Invalid($"{place}.input", "'input' must be a non-empty array of messages.");
}
