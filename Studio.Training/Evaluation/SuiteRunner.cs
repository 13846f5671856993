using System.Text.Json.Nodes;
using Studio.Data.Evaluation;

namespace Studio.Training.Evaluation;

/// <summary>Runs a suite of <see cref="EvaluationSuites"/>: turns rows into items, asks a model, and scores what it says.</summary>
public abstract class SuiteRunner
{
    /// <summary>Name in <see cref="EvaluationSuites"/>.</summary>
    public abstract string Name { get; }

    public EvaluationSuite Suite => EvaluationSuites.Find(Name)!;

    /// <summary>Embedded file of the items that the suite brings; null needs a file.</summary>
    public virtual string? OwnItems => null;

    /// <summary>False when answers depend on the machine or the moment, so that a stored one must not stand in.</summary>
    public virtual bool Cacheable => true;

    /// <summary>True when answers are compared or marked by a judge.</summary>
    public virtual bool NeedsJudge => false;

    /// <summary>Numbers that are not means of the items' scores.</summary>
    public virtual IReadOnlyList<SuiteAggregate> Aggregates => [];

    /// <summary>The judge that scores the answers, where one stands in for a person.</summary>
    public virtual JudgeAgreement? Judge => null;

    /// <summary>Rows of a file that is no file of JSON lines with the suite's fields; null where it is one.</summary>
    public virtual IReadOnlyList<JsonObject>? Import(string path) => null;

    /// <summary>Items of a row; most rows are one item.</summary>
    /// <param name="id">Id of the row.</param>
    /// <exception cref="InvalidDataException">The row does not fit the suite.</exception>
    public abstract IEnumerable<SuiteItem> Items(JsonObject row, string id);

    /// <summary>Answers some items, in their order.</summary>
    public abstract Task<IReadOnlyList<ItemAnswer>> AnswerAsync(EvaluatedModel model, SuiteUse use, IReadOnlyList<SuiteItem> items, CancellationToken cancellation);
}
