using Studio.Training.Methods;
using static TorchSharp.torch;

namespace Studio.Training.Rollouts;

/// <summary>Prompts with their answers, laid end to end, each seeing only itself.</summary>
public sealed record RolloutBatch : TrainingBatch
{
    /// <summary>Places of the rows in <see cref="Set"/>.</summary>
    public required int[] Members { get; init; }

    public required RolloutSet Set { get; init; }

    /// <summary>True for the first micro-batch of a set.</summary>
    public bool First { get; init; }

    /// <summary>(1, tokens)</summary>
    public required Tensor Ids { get; init; }

    public required AnswerLayout Layout { get; init; }

    /// <summary>(scored): positions whose next token is scored.</summary>
    public required Tensor Positions { get; init; }

    /// <summary>(scored): those next tokens.</summary>
    public required Tensor Targets { get; init; }

    /// <summary>(scored): the row each belongs to.</summary>
    public required Tensor Sequence { get; init; }

    /// <summary>Scored tokens per row; 0 for a row that is left out.</summary>
    public required int[] Counts { get; init; }

    public override void Dispose()
    {
        Ids.Dispose();
        Positions.Dispose();
        Targets.Dispose();
        Sequence.Dispose();
        base.Dispose();
    }
}
