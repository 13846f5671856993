using System.Text.Json.Nodes;
using Studio.Web.Serving;

namespace Studio.Web.Grading;

/// <summary>What a grader sees: the item of the data and the answer, under the names that templates use.</summary>
public sealed record GradedSample(JsonObject Item, JsonObject Sample);

/// <summary>What a grader says of an answer.</summary>
/// <param name="Sample">What a model said that graded it; null where none was asked.</param>
public sealed record Grade(bool Passed, double Score, string? Sample = null);

/// <summary>Asks a model; used by graders that judge with one.</summary>
public delegate Task<string> AskModel(string model, JsonArray messages, ChatOptions options, CancellationToken cancellation);

/// <summary>One kind of testing criterion. A new one is a file and a line in <see cref="Graders"/>.</summary>
public abstract class Grader
{
    /// <summary>The word of the API, e.g. <c>string_check</c>.</summary>
    public abstract string Type { get; }

    /// <exception cref="RequestException">A field is missing or not supported; the message names it.</exception>
    public abstract void Check(JsonObject criterion, string place);

    /// <exception cref="RequestException">A template names a field that the item lacks, or the judging model failed.</exception>
    public abstract Task<Grade> GradeAsync(JsonObject criterion, GradedSample sample, AskModel ask, CancellationToken cancellation);
}
