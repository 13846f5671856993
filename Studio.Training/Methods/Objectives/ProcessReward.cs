using Studio.Training.Native;
using static TorchSharp.torch;

namespace Studio.Training.Methods.Objectives;

/// <summary>
/// Process reward modelling (Lightman et al. 2023; Uesato et al. 2022): every step of a solution ends in a position that is judged right or wrong, by cross-entropy over the two classes.
/// </summary>
public static class ProcessReward
{
    /// <param name="logits">(steps, 2) fp32 at the judged positions.</param>
    /// <param name="labels">(steps) int64: 1 right, 0 wrong.</param>
    /// <param name="itemsInBatch">Judged steps of the whole accumulation window; null takes the mean over these.</param>
    public static ObjectiveResult Compute(Tensor logits, Tensor labels, double? itemsInBatch = null)
    {
        var own = logits.log_softmax(-1).gather(1, labels.unsqueeze(1)).squeeze(1);
        var loss = -own.sum() / Scalars.Of(itemsInBatch ?? Math.Max(1, labels.shape[0]));
        var right = logits.detach().argmax(-1).eq(labels).to_type(ScalarType.Float32).sum().item<float>();
        return new ObjectiveResult(loss, new Dictionary<string, double> { ["accuracy"] = right / Math.Max(1, labels.shape[0]) });
    }
}
