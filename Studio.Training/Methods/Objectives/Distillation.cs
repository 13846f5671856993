using Studio.Training.Native;
using static TorchSharp.torch;

namespace Studio.Training.Methods.Objectives;

/// <summary>
/// Generalised knowledge distillation (Agarwal et al. 2024): the generalised Jensen-Shannon divergence between the next-token distributions of student and teacher,
/// β KL(teacher ‖ m) + (1 − β) KL(student ‖ m) with the mixture m = (1 − β) student + β teacher. β = 0 is KL(teacher ‖ student), β = 1 is KL(student ‖ teacher).
/// </summary>
public static class Distillation
{
    /// <param name="student">(positions, vocabulary) fp32 logits at the scored positions.</param>
    /// <param name="teacher">The same shape; no gradient goes through it.</param>
    /// <param name="beta">Between the two directions, 0 to 1.</param>
    /// <param name="temperature">Divides both logits.</param>
    /// <param name="reduction">batchmean divides by the scored positions, sum does not.</param>
    /// <param name="itemsInBatch">Scored positions of the whole accumulation window, in place of those given here; used by batchmean.</param>
    public static ObjectiveResult Compute(Tensor student, Tensor teacher, double beta, double temperature = 1, string reduction = "batchmean", double? itemsInBatch = null)
    {
        var t = Scalars.Of(temperature);
        var s = (student / t).log_softmax(-1);
        var q = (teacher.detach() / t).log_softmax(-1);
        Tensor divergence;
        if (beta <= 0)
        {
            divergence = Divergence(q, s);
        }
        else if (beta >= 1)
        {
            divergence = Divergence(s, q);
        }
        else
        {
            var mixture = stack([s + Scalars.Of(Math.Log(1 - beta)), q + Scalars.Of(Math.Log(beta))]).logsumexp(0);
            divergence = (Divergence(q, mixture) * Scalars.Of(beta)) + (Divergence(s, mixture) * Scalars.Of(1 - beta));
        }

        var loss = reduction switch
        {
            "batchmean" => divergence / Scalars.Of(itemsInBatch ?? Math.Max(1, student.shape[0])),
            "sum" => divergence,
            var other => throw new ArgumentException($"There is no reduction \"{other}\"."),
        };
        return new ObjectiveResult(loss, new Dictionary<string, double> { ["divergence"] = divergence.item<float>() / Math.Max(1, student.shape[0]) });
    }

    /// <summary>Σ p (log p − log m) over everything, of log-probabilities.</summary>
    private static Tensor Divergence(Tensor p, Tensor m) => (p.exp() * (p - m)).sum();
}
