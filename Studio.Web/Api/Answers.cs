using Microsoft.AspNetCore.Http.HttpResults;
using Studio.Data.Validation;

namespace Studio.Web.Api;

/// <summary>Answers of <c>/api</c>: the value, or problem+json that lists every problem.</summary>
internal static class Answers
{
    public static Results<Ok<T>, ProblemHttpResult> Of<T>(Outcome<T> outcome) => outcome.Succeeded ? TypedResults.Ok(outcome.Value) : Refused(outcome.Problems);

    public static Results<Ok<TView>, ProblemHttpResult> Of<T, TView>(Outcome<T> outcome, Func<T, TView> view) => outcome.Succeeded ? TypedResults.Ok(view(outcome.Value)) : Refused(outcome.Problems);

    public static Results<Created<T>, ProblemHttpResult> Created<T>(Outcome<T> outcome, Func<T, string> address) =>
        outcome.Succeeded ? TypedResults.Created(address(outcome.Value), outcome.Value) : Refused(outcome.Problems);

    public static Results<NoContent, ProblemHttpResult> Gone<T>(Outcome<T> outcome) => outcome.Succeeded ? TypedResults.NoContent() : Refused(outcome.Problems);

    public static ProblemHttpResult Refused(IReadOnlyList<Problem> problems)
    {
        var fault = OpenAiLists.Refused(problems);
        return TypedResults.Problem(
            detail: string.Join(' ', problems.Select(p => $"{p.Message} {p.Remedy}")),
            statusCode: fault.Status,
            title: ErrorShapes.Title(fault.Status),
            type: "about:blank",
            extensions: new Dictionary<string, object?> { ["code"] = fault.Code, ["problems"] = problems });
    }

    public static ProblemHttpResult Missing(string what, string id) => Refused([Refusals.Missing(what, id, "id")]);

    public static RequestException NotFound(string what, string id) => new(404, Refusals.NotFound, $"There is no {what} \"{id}\".");

    /// <summary>A page size of a query, held within bounds.</summary>
    public static int Size(int? limit, int standard = 50, int most = 1000) => Math.Clamp(limit ?? standard, 1, most);

    /// <summary>A word of a query as one of the names of an enum; null when it was left out.</summary>
    public static T? Word<T>(string? text, string name)
        where T : struct, Enum =>
        string.IsNullOrEmpty(text) ? null
        : Enum.TryParse<T>(text, ignoreCase: true, out var value) && Enum.IsDefined(value) ? value
        : throw RequestException.Invalid(name, $"'{name}' must be one of: {string.Join(", ", Enum.GetNames<T>().Select(n => n.ToLowerInvariant()))}.");
}
