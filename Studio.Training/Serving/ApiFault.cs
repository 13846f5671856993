using System.Text.Json.Nodes;

namespace Studio.Training.Serving;

/// <summary>An error that a client is told about, in the shape of the OpenAI API.</summary>
public sealed class ApiFault(int status, string message, string? param = null, string? code = null, string type = "invalid_request_error") : Exception(message)
{
    public int Status { get; } = status;

    public string? Param { get; } = param;

    public static ApiFault NoSuchModel(string name) =>
        new(404, $"The model '{name}' does not exist. GET /v1/models lists those that do.", "model", "model_not_found");

    public JsonObject ToJson() => new()
    {
        ["error"] = new JsonObject { ["message"] = Message, ["type"] = type, ["param"] = Param, ["code"] = code },
    };
}
