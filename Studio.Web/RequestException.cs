namespace Studio.Web;

/// <summary>A request cannot be answered as asked. The edge turns it into the error shape of the path: OpenAI's under /v1, problem+json under /api.</summary>
public sealed class RequestException(int status, string code, string message) : Exception(message)
{
    public int Status { get; } = status;

    public string Code { get; } = code;

    /// <summary>The field that is at fault.</summary>
    public string? Param { get; init; }

    /// <summary>Seconds after which another try makes sense.</summary>
    public int? RetryAfter { get; init; }

    public static RequestException Invalid(string? param, string message, string code = "invalid_value") => new(StatusCodes.Status400BadRequest, code, message) { Param = param };
}
