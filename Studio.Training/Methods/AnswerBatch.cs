using Studio.Training.Layers;
using Studio.Training.Methods.Objectives;
using Studio.Training.Native;
using static TorchSharp.torch;

namespace Studio.Training.Methods;

/// <summary>Answers behind their prompts, laid end to end, each sequence seeing only itself.</summary>
public sealed record AnswerBatch : TrainingBatch
{
    /// <summary>Numbers of the examples in the data.</summary>
    public required int[] Members { get; init; }

    /// <summary>(1, tokens)</summary>
    public required Tensor Ids { get; init; }

    public required int[][] Branches { get; init; }

    /// <summary>(scored): positions whose next token is scored.</summary>
    public required Tensor Positions { get; init; }

    /// <summary>(scored): those next tokens.</summary>
    public required Tensor Targets { get; init; }

    /// <summary>(scored): the sequence each belongs to.</summary>
    public required Tensor Sequence { get; init; }

    /// <summary>Scored tokens per sequence.</summary>
    public required int[] Counts { get; init; }

    /// <summary>Answer tokens per sequence.</summary>
    public required int[] Lengths { get; init; }

    /// <param name="members">Numbers of the examples in the data, for those who look something up by them.</param>
    /// <param name="scoresPrompt">Per sequence: is the prompt scored too?</param>
    /// <param name="share">False computes a prompt again for each of its answers.</param>
    public static AnswerBatch Of(IReadOnlyList<AnswerTokens> sequences, int[] members, Device device, Func<int, bool>? scoresPrompt = null, bool share = true)
    {
        var layout = new AnswerLayout(sequences, share);
        List<long> positions = [], targets = [], owners = [];
        var counts = new int[sequences.Count];
        for (var s = 0; s < sequences.Count; s++)
        {
            var (prompt, answer) = sequences[s];
            var first = scoresPrompt?.Invoke(s) == true ? 1 : Math.Max(1, prompt.Length);
            for (var t = first; t < prompt.Length + answer.Length; t++)
            {
                positions.Add(layout.After(s, t));
                targets.Add(t < prompt.Length ? prompt[t] : answer[t - prompt.Length]);
                owners.Add(s);
            }

            counts[s] = Math.Max(0, prompt.Length + answer.Length - first);
        }

        return new AnswerBatch
        {
            Members = members,
            Ids = tensor(layout.Ids, device: device).reshape(1, -1).DetachFromDisposeScope(),
            Branches = layout.Branches,
            Positions = tensor(positions.ToArray(), device: device).DetachFromDisposeScope(),
            Targets = tensor(targets.ToArray(), device: device).DetachFromDisposeScope(),
            Sequence = tensor(owners.ToArray(), device: device).DetachFromDisposeScope(),
            Counts = counts,
            Lengths = [.. sequences.Select(s => s.Answer.Length)],
            Tokens = layout.Ids.Length,
            ScoredTokens = positions.Count,
        };
    }

    /// <summary>(scored, hidden): states from which the scored tokens are predicted.</summary>
    public Tensor Hidden(CausalLm model)
    {
        var hidden = model.Hidden(new ForwardInput(Ids) { Branches = Branches });
        return hidden.reshape(-1, hidden.shape[^1]).index_select(0, Positions);
    }

    public CompletionScores Scores(Tensor logProbabilities, ScoredTokens.Measured? measured = null) =>
        new(logProbabilities, Sequence, Counts) { Lengths = Lengths, LogSquares = measured?.LogSquares };

    /// <summary>The loss that an objective makes of the answers' log-probabilities, ready for its backward pass, times <paramref name="share"/>.</summary>
    public (Tensor Loss, IReadOnlyDictionary<string, double> Metrics, ScoredTokens.Measured Measured) Loss(CausalLm model, double share, bool squares, Func<CompletionScores, ObjectiveResult> objective)
    {
        var hidden = Hidden(model);
        var measured = Methods.ScoredTokens.Measure(model.Head, hidden, Targets, squares, entropies: true, keep: true);
        var leaf = measured.LogProbabilities.clone().requires_grad_();
        var result = objective(Scores(leaf, measured));
        result.Loss.backward();
        var slopes = leaf.grad!.mul(Scalars.Of(share));
        var loss = Methods.ScoredTokens.Attach(model.Head, hidden, Targets, slopes, result.Loss.item<float>() * share, measured.Kept);
        Dictionary<string, double> metrics = new(result.Metrics);
        if (measured.Entropies is { } entropies && entropies.numel() > 0)
        {
            metrics["entropy"] = entropies.mean().item<float>();
        }

        return (loss, metrics, measured);
    }

    public override void Dispose()
    {
        Ids.Dispose();
        Positions.Dispose();
        Targets.Dispose();
        Sequence.Dispose();
        base.Dispose();
    }
}
