using Studio.Data.Validation;

namespace Studio.Web;

/// <summary>What an operation that may be refused for ordinary reasons returns: a value, or every problem that stands in the way.</summary>
public sealed class Outcome<T>
{
    private readonly T? value;

    private Outcome(T? value, IReadOnlyList<Problem> problems)
    {
        this.value = value;
        Problems = problems;
    }

    public bool Succeeded => Problems.Count == 0;

    /// <exception cref="InvalidOperationException">There are problems instead.</exception>
    public T Value => Succeeded ? value! : throw new InvalidOperationException(Summary);

    /// <summary>Empty when it succeeded.</summary>
    public IReadOnlyList<Problem> Problems { get; }

    /// <summary>All messages in one line.</summary>
    public string Summary => string.Join(' ', Problems.Select(p => p.Message));

    public static implicit operator Outcome<T>(T value) => new(value, []);

    public static implicit operator Outcome<T>(Problem problem) => new(default, [problem]);

    public static Outcome<T> Of(T value) => new(value, []);

    public static Outcome<T> Refuse(IReadOnlyList<Problem> problems) =>
        problems.Count > 0 ? new(default, problems) : throw new ArgumentException("A refusal names at least one problem.", nameof(problems));
}

/// <summary>The problems that more than one service reports.</summary>
public static class Refusals
{
    /// <summary>The rule by which the API answers 404.</summary>
    public const string NotFound = "not_found";

    /// <summary>The rule by which the API answers 409.</summary>
    public const string Conflict = "conflict";

    /// <summary>The rule of what the release policy refuses; the API answers 409.</summary>
    public const string Gate = "release_gate";

    public static Problem Missing(string what, string id, string field) =>
        new(NotFound, Severity.Fatal, $"There is no {what} \"{id}\".", $"Choose one of the {what}s that are listed.") { Field = field };

    public static Problem Conflicting(string message, string remedy) => new(Conflict, Severity.Fatal, message, remedy);

    public static Problem Invalid(string field, string message, string remedy) => new("invalid_value", Severity.Fatal, message, remedy) { Field = field };
}
