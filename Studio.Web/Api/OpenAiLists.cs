using System.Globalization;
using System.Text.Json.Nodes;
using Studio.Data;

namespace Studio.Web.Api;

/// <summary>Lists, pages and answers in the shapes of the OpenAI API: nulls are written, <c>has_more</c> is always there.</summary>
internal static class OpenAiLists
{
    public static IResult Json(JsonObject body, int status = StatusCodes.Status200OK) => Results.Text(body.ToJsonString(StudioJson.Options), "application/json", statusCode: status);

    /// <summary>Reads one row more than the page to know whether there are more.</summary>
    public static JsonObject Page(IReadOnlyList<JsonObject> rows, int limit)
    {
        var page = rows.Take(limit).ToList();
        return new JsonObject
        {
            ["object"] = "list",
            ["data"] = new JsonArray([.. page]),
            ["first_id"] = page.FirstOrDefault()?["id"]?.GetValue<string>(),
            ["last_id"] = page.LastOrDefault()?["id"]?.GetValue<string>(),
            ["has_more"] = rows.Count > limit,
        };
    }

    public static int Limit(HttpRequest request, int standard = 20, int max = 100)
    {
        if (request.Query["limit"].ToString() is not { Length: > 0 } text)
        {
            return standard;
        }

        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var limit) && limit >= 1
            ? Math.Min(limit, max)
            : throw RequestException.Invalid("limit", $"'limit' must be an integer from 1 to {max}.");
    }

    /// <summary>The cursor, checked against what exists.</summary>
    public static string? After(HttpRequest request, Func<string, bool> exists) =>
        request.Query["after"].ToString() is not { Length: > 0 } after ? null
        : exists(after) ? after
        : throw RequestException.Invalid("after", $"There is no object '{after}' to continue after.");

    public static long Unix(DateTimeOffset time) => time.ToUnixTimeSeconds();

    /// <summary>Turns the problems of a refused operation into the error of a /v1 answer.</summary>
    public static RequestException Refused(IReadOnlyList<Data.Validation.Problem> problems)
    {
        var first = problems[0];
        var message = string.Join(' ', problems.Select(p => $"{p.Message} {p.Remedy}"));
        return first.Rule switch
        {
            Refusals.NotFound when first.Field is "model" => new RequestException(404, "model_not_found", message) { Param = first.Field },
            Refusals.NotFound when first.Field is null or "id" => new RequestException(404, "not_found", message),
            Refusals.NotFound => new RequestException(400, "invalid_value", message) { Param = first.Field },
            Refusals.Gate => new RequestException(409, Refusals.Gate, message) { Param = first.Field },
            "needs_second_person" or "needs_two_people" or "needs_person" => new RequestException(403, first.Rule, message),
            Refusals.Conflict => new RequestException(409, "conflict", message),
            _ => new RequestException(400, first.Rule, message) { Param = first.Field },
        };
    }

    public static T OrThrow<T>(this Outcome<T> outcome) => outcome.Succeeded ? outcome.Value : throw Refused(outcome.Problems);
}
