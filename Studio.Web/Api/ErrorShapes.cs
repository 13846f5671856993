using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Authentication;
using Studio.Data;
using Studio.Data.Store;
using Studio.Data.Validation;

namespace Studio.Web.Api;

/// <summary>
/// The one place where faults of the API become answers: OpenAI's error object under /v1, problem+json under /api. It also fills the empty
/// answers of the framework (unknown route, wrong method, no access). Nothing of an exception but our own words reaches a client.
/// </summary>
public sealed class ErrorShapes(RequestDelegate next, ILogger<ErrorShapes> logger)
{
    public async Task InvokeAsync(HttpContext context)
    {
        if (!IsApi(context))
        {
            await NextWithoutApiAsync(context);
            return;
        }

        RequestException fault;
        try
        {
            await next(context);
            if (context.Response.HasStarted || context.Response.StatusCode < 400 || context.Response.ContentType is not null || context.Response.ContentLength > 0)
            {
                return;
            }

            fault = await OfStatusAsync(context);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            context.Response.StatusCode = StatusCodes.Status499ClientClosedRequest;
            return;
        }
        catch (Exception exception)
        {
            fault = Of(exception);
            if (exception is RequestException)
            {
                logger.LogDebug("{Method} {Path}: {Reason}", context.Request.Method, context.Request.Path, exception.Message);
            }
            else if (fault.Status >= 500)
            {
                logger.LogError(exception, "{Method} {Path} failed", context.Request.Method, context.Request.Path);
            }

            if (context.Response.HasStarted)
            {
                context.Abort();
                return;
            }

            context.Response.Clear();
        }

        await WriteAsync(context, fault, context.RequestAborted);
    }

    public static async Task WriteAsync(HttpContext context, RequestException fault, CancellationToken cancellation)
    {
        var response = context.Response;
        response.StatusCode = fault.Status;
        if (fault.RetryAfter is { } seconds)
        {
            response.Headers.RetryAfter = seconds.ToString(System.Globalization.CultureInfo.InvariantCulture);
        }

        if (context.Request.Path.StartsWithSegments("/v1"))
        {
            response.ContentType = "application/json";
            await response.WriteAsync(OpenAi(fault).ToJsonString(StudioJson.Options), cancellation);
        }
        else
        {
            response.ContentType = "application/problem+json";
            var problem = new JsonObject { ["type"] = "about:blank", ["title"] = Title(fault.Status), ["status"] = fault.Status, ["detail"] = fault.Message, ["code"] = fault.Code };
            if (fault.Param is { } field)
            {
                problem["field"] = field;
            }

            await response.WriteAsync(problem.ToJsonString(StudioJson.Options), cancellation);
        }
    }

    public static JsonObject OpenAi(RequestException fault) => new()
    {
        ["error"] = new JsonObject { ["message"] = fault.Message, ["type"] = TypeOf(fault.Status), ["param"] = fault.Param, ["code"] = fault.Code },
    };

    public static string Title(int status) => status switch
    {
        400 or 422 => "Bad request",
        401 => "Not signed in",
        403 => "Not allowed",
        404 => "Not found",
        405 => "Method not allowed",
        409 => "Conflict",
        413 => "Too large",
        415 => "Unsupported media type",
        429 => "Too many requests",
        503 => "Not available",
        _ => status >= 500 ? "Internal error" : "Error",
    };

    public static bool IsApi(HttpContext context) => context.Request.Path.StartsWithSegments("/v1") || context.Request.Path.StartsWithSegments("/api") || context.Request.Path.StartsWithSegments("/account");

    private async Task NextWithoutApiAsync(HttpContext context)
    {
        try
        {
            await next(context);
        }
        catch (RequestException fault) when (!context.Response.HasStarted)
        {
            context.Response.Clear();
            await WriteAsync(context, fault, context.RequestAborted);
        }
    }

    private static string TypeOf(int status) => status switch
    {
        401 or 403 => "authentication_error",
        404 => "not_found_error",
        429 => "rate_limit_error",
        >= 500 => "server_error",
        _ => "invalid_request_error",
    };

    private static RequestException Of(Exception exception) => exception switch
    {
        RequestException fault => fault,
        BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge } => new RequestException(413, "too_large", "The request is too large."),
        BadHttpRequestException { InnerException: JsonException json } => Of(json),
        BadHttpRequestException bad => new RequestException(bad.StatusCode, "bad_request", bad.Message),
        JsonException json => RequestException.Invalid(json.Path, $"The body is not the JSON that is expected: {Words(json)}", "invalid_json"),
        InvalidDataException bad => RequestException.Invalid(null, bad.Message),
        StoreException => new RequestException(503, "store_unavailable", "The store cannot be written at the moment.") { RetryAfter = 5 },
        ProblemException { Problem: var problem } => OpenAiLists.Refused([problem]),
        IOException full when BlobFolder.IsDiskFull(full) => new RequestException(507, "disk_full", "The disk is full. Free some space and try again."),
        _ => new RequestException(500, "internal_error", "Something unexpected happened; the host's log says more."),
    };

    // The serializer's messages name .NET types; what a client needs is the place.
    private static string Words(JsonException json) => json.Path is { Length: > 0 } path && json.Message.Contains("could not be converted", StringComparison.Ordinal)
        ? $"the value at {path} has the wrong type."
        : json.Message.Replace(" The JSON value could not be converted to ", " ", StringComparison.Ordinal).Split(" Path:")[0];

    private static async Task<RequestException> OfStatusAsync(HttpContext context)
    {
        var status = context.Response.StatusCode;
        return status switch
        {
            401 => new RequestException(401, "invalid_api_key", await UnauthorizedAsync(context)),
            403 => new RequestException(403, "insufficient_permissions", "Your role does not allow this."),
            404 => new RequestException(404, "unknown_url", $"Unknown request URL: {context.Request.Method} {context.Request.Path}."),
            405 => new RequestException(405, "method_not_allowed", $"{context.Request.Method} is not allowed here. Allowed: {context.Response.Headers.Allow}."),
            415 => new RequestException(415, "unsupported_media_type", "The content type is not supported here. Send application/json, or multipart/form-data for files."),
            413 => new RequestException(413, "too_large", "The request is too large."),
            _ => new RequestException(status, "error", Title(status) + "."),
        };
    }

    private static async Task<string> UnauthorizedAsync(HttpContext context) =>
        (await context.AuthenticateAsync()).Failure?.Message is { } failure ? failure + " Make a key under Endpoints."
        : "You did not provide an API key. Send it as \"Authorization: Bearer sk-...\".";
}
