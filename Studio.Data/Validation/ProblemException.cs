namespace Studio.Data.Validation;

/// <summary>Something a person asked for cannot be done, said as a <see cref="Validation.Problem"/>; callers show it, they do not log it as a fault.</summary>
public sealed class ProblemException : Exception
{
    public ProblemException(Problem problem, Exception? inner = null)
        : base($"{problem.Message} {problem.Remedy}", inner) => Problem = problem;

    public Problem Problem { get; }
}
