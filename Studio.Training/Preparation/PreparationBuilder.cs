using Studio.Data.Preparation;

namespace Studio.Training.Preparation;

/// <summary>
/// Builds the rows of one kind of preparation in three steps: plans the rows from spec and files, asks the model chunk by chunk (a run that was stopped goes on with the rows it lacks), and finishes over all rows.
/// The description lives in <see cref="Preparations"/> under the same name.
/// </summary>
public abstract class PreparationBuilder
{
    public abstract string Name { get; }

    /// <summary>All rows before the model is asked; the same spec and files give the same rows, ids unique.</summary>
    /// <exception cref="InvalidDataException">A file is missing or a line of it is wrong.</exception>
    public abstract IReadOnlyList<PreparedRow> Plan(PreparationContext context);

    /// <summary>True for a planned row that the model has to be asked about.</summary>
    public abstract bool Asks(PreparationContext context, PreparedRow row);

    /// <summary>Most tokens that the model writes for a row; rows of like length are asked together.</summary>
    public abstract int Tokens(PreparationContext context, PreparedRow row);

    /// <summary>Asks the model and returns the rows with what it said, in order.</summary>
    public abstract Task<IReadOnlyList<PreparedRow>> AnswerAsync(PreparationContext context, IReadOnlyList<PreparedRow> rows, CancellationToken cancellation);

    /// <summary>The last step, over all rows in the order of the plan.</summary>
    public virtual IReadOnlyList<PreparedRow> Finish(PreparationContext context, IReadOnlyList<PreparedRow> rows) => rows;
}

/// <summary>The builders this build has, by the names of <see cref="Preparations"/>: a new one is a file in Builders/ and a line below.</summary>
public static class PreparationBuilders
{
    public static IReadOnlyList<PreparationBuilder> All { get; } = [new Builders.RefusalBuilder(), new Builders.KnownFactsBuilder(), new Builders.GroundedBuilder()];

    /// <exception cref="InvalidDataException">There is no such preparation.</exception>
    public static PreparationBuilder Of(string kind) => All.FirstOrDefault(b => b.Name == kind)
        ?? throw new InvalidDataException($"There is no preparation \"{kind}\"; use one of: {string.Join(", ", All.Select(b => b.Name))}.");
}
