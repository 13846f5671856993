using Studio.Training.Native;
using static TorchSharp.torch;

namespace Studio.Training.Methods;

/// <summary>How token losses are weighed.</summary>
/// <param name="Dft">Each token by its own probability (Wu et al. 2025), without a gradient through that weight.</param>
/// <param name="Smoothing">Share of the target spread over the vocabulary.</param>
/// <param name="Entropy">Also measure the entropy of the predictions, which costs one more pass.</param>
/// <param name="HoldToBase">Weight of a position where the base's distribution is learned instead of the token; needs a reference.</param>
public sealed record TokenLossOptions(bool Dft = false, double Smoothing = 0, bool Entropy = false, double HoldToBase = 0);

/// <summary>A loss over labelled positions and what was seen on the way.</summary>
/// <param name="Loss">Sum of weighted token losses over the divisor.</param>
/// <param name="Gradient">Of <see cref="Loss"/> by the hidden states, (positions, hidden); null when none was wanted.</param>
public sealed record TokenLossResult(double Loss, Tensor? Gradient, long Correct, long Count, double EntropySum)
{
    public double Accuracy => Count == 0 ? 0 : (double)Correct / Count;
}

/// <summary>
/// Cross-entropy of a language model at the labelled positions only. The output head runs over a few rows at a time and the gradient is taken at once,
/// so that the logits (positions × vocabulary, the largest tensor of training) never exist as a whole.
/// </summary>
public static class TokenLoss
{
    // Elements of one slice of logits: 64 MB in fp32.
    private const long SliceElements = 1L << 24;

    /// <param name="head">(rows, hidden) to logits (rows, vocabulary); its own trained tensors get their gradients during this call.</param>
    /// <param name="hidden">(positions, hidden)</param>
    /// <param name="targets">(positions) int64</param>
    /// <param name="weights">(positions) fp32, or null for all ones.</param>
    /// <param name="divisor">Scored labels of the whole accumulation window.</param>
    /// <param name="reference">(positions, hidden) of the base; where its most likely token is the target, the model learns its whole distribution, KL(base ‖ model), instead of the token. Null learns tokens everywhere.</param>
    public static TokenLossResult Compute(
        Func<Tensor, Tensor> head, Tensor hidden, Tensor targets, Tensor? weights, double divisor, TokenLossOptions options, bool wantGradient, Tensor? reference = null)
    {
        var count = targets.shape[0];
        using var all = NewDisposeScope();
        using var quiet = no_grad();
        var source = hidden.detach();
        Tensor? gradient = null;
        double loss = 0, entropy = 0;
        long correct = 0;
        long vocabulary = 0;
        for (long start = 0, rows; start < count; start += rows)
        {
            // The first slice is small and tells the size of the vocabulary.
            rows = Math.Min(count - start, vocabulary == 0 ? 64 : Math.Max(64, SliceElements / vocabulary));
            using var slice = NewDisposeScope();
            var part = source.narrow(0, start, rows);
            Tensor logits;
            if (wantGradient)
            {
                part = part.clone().requires_grad_();
                using (enable_grad())
                {
                    logits = head(part);
                }
            }
            else
            {
                logits = head(part);
            }

            vocabulary = logits.shape[^1];
            var target = targets.narrow(0, start, rows);
            var column = target.unsqueeze(1);
            var values = logits.detach();
            var logp = values.log_softmax(-1, ScalarType.Float32);                   // (rows, vocabulary)
            var own = logp.gather(1, column);                                       // (rows, 1)

            // A tie counts as right: finding the first of equals costs three times the rest.
            correct += own.ge(logp.amax([-1], keepdim: true)).sum().item<long>();
            var weight = weights is null ? ones([rows, 1], ScalarType.Float32, hidden.device) : weights.narrow(0, start, rows).unsqueeze(1);
            if (options.Dft)
            {
                weight = weight * own.exp();
            }

            var held = reference is null ? null : Held(head(reference.narrow(0, start, rows)), column, weight.mul(Scalars.Of(options.HoldToBase)));
            if (held is { } whole)
            {
                loss += whole.Target.mul(whole.LogTarget.sub(logp)).sum().item<float>();
                weight = weight.mul(whole.Mask.logical_not());
            }

            loss -= own.mul(weight).sum().item<float>() * (1 - options.Smoothing);
            if (options.Smoothing > 0)
            {
                loss -= logp.sum(-1, keepdim: true).mul(weight).sum().item<float>() * options.Smoothing / vocabulary;
            }

            if (options.Entropy)
            {
                entropy -= logp.exp().mul_(logp).sum().item<float>();
            }

            if (!wantGradient)
            {
                continue;
            }

            // d loss / d logits = w/N · (p − (1−e)·onehot − e/V), written over the log-probabilities.
            weight = weight.div(Scalars.Of(divisor));
            var slope = logp.exp_();
            slope.mul_(held is null ? weight : weight.add(held.Weight.div(Scalars.Of(divisor))));
            if (held is not null)
            {
                slope.sub_(held.Target.div_(Scalars.Of(divisor)));
            }

            if (options.Smoothing > 0)
            {
                slope.sub_(weight.mul(Scalars.Of(options.Smoothing / vocabulary)));
            }

            slope.scatter_add_(1, column, weight.mul(Scalars.Of(options.Smoothing - 1)));
            logits.backward([slope.to_type(logits.dtype)]);
            gradient ??= empty_like(source).MoveToOuterDisposeScope();
            gradient.narrow(0, start, rows).copy_(part.grad!);
        }

        return new TokenLossResult(loss / divisor, gradient?.MoveToOuterDisposeScope(), correct, count, entropy);
    }

    /// <param name="logits">(rows, vocabulary) of the base.</param>
    /// <param name="column">(rows, 1) targets.</param>
    /// <param name="weight">(rows, 1) of a row that is held.</param>
    private static HeldRows Held(Tensor logits, Tensor column, Tensor weight)
    {
        var logp = logits.log_softmax(-1, ScalarType.Float32);
        var mask = logp.gather(1, column).ge(logp.amax([-1], keepdim: true));
        var own = weight.mul(mask);
        return new HeldRows(mask, own, logp, logp.exp().mul_(own));
    }

    /// <summary>
    /// The loss as a tensor whose backward pass sends the stored gradient on: its value is <paramref name="result"/>'s, its derivative by <paramref name="hidden"/> is exactly <see cref="TokenLossResult.Gradient"/>.
    /// </summary>
    /// <param name="hidden">(positions, hidden), part of the graph.</param>
    public static Tensor Attach(Tensor hidden, TokenLossResult result)
    {
        if (result.Gradient is null)
        {
            return tensor((float)result.Loss, device: hidden.device);
        }

        if (!hidden.requires_grad)
        {
            // Only the head trains; its gradients are already in place.
            return tensor((float)result.Loss, device: hidden.device).requires_grad_();
        }

        var carrier = hidden.mul(result.Gradient).sum().to_type(ScalarType.Float32);
        return carrier - carrier.detach() + tensor((float)result.Loss, device: hidden.device);
    }

    /// <param name="Mask">(rows, 1): the base's most likely token is the target.</param>
    /// <param name="Weight">(rows, 1): zero where not held.</param>
    /// <param name="LogTarget">(rows, vocabulary): log-probabilities of the base.</param>
    /// <param name="Target">(rows, vocabulary): its probabilities times <paramref name="Weight"/>.</param>
    private sealed record HeldRows(Tensor Mask, Tensor Weight, Tensor LogTarget, Tensor Target);
}
