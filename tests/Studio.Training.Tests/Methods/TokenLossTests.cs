using Studio.Training.Methods;
using Studio.Training.Native;
using static TorchSharp.torch;

namespace Studio.Training.Tests.Methods;

/// <summary>Tokens that the base would say anyway are held to its prediction.</summary>
public sealed class TokenLossTests
{
    public TokenLossTests() => TorchRuntime.Load();

    [Fact]
    public void WhereTheBaseSaysTheTargetItsWholePredictionIsLearned()
    {
        using var scope = NewDisposeScope();
        var head = tensor(new float[,] { { 1, 0 }, { 0, 1 }, { -1, 1 } });
        var reference = tensor(new float[,] { { 2, 0 }, { 0, 2 } });
        var targets = tensor(new long[] { 0, 0 });
        var weights = tensor(new float[] { 1, 0.5f });
        var hidden = tensor(new float[,] { { 0.5f, 0.2f }, { 0.1f, 0.7f } }).requires_grad_();

        // The base's most likely token is the target in the first row only.
        var wanted = nn.functional.softmax(reference.matmul(head.t()), -1)[0];
        var logp = nn.functional.log_softmax(hidden.matmul(head.t()), -1);
        var expected = ((wanted * (wanted.log() - logp[0])).sum() * 2 - (logp[1][0] * 0.5f)) / 4;
        expected.backward();

        var result = TokenLoss.Compute(h => h.matmul(head.t()), hidden.detach(), targets, weights, 4, new TokenLossOptions(HoldToBase: 2), wantGradient: true, reference);
        Assert.Equal(expected.item<float>(), result.Loss, 5);
        Assert.True(allclose(hidden.grad!, result.Gradient!, 1e-4, 1e-6));
    }

    [Fact]
    public void AModelThatIsStillTheBaseHasNoGradientWhereItIsHeld()
    {
        using var scope = NewDisposeScope();
        var head = tensor(new float[,] { { 1, 0 }, { 0, 1 }, { -1, 1 } });
        var hidden = tensor(new float[,] { { 2, 0 } });
        var result = TokenLoss.Compute(h => h.matmul(head.t()), hidden, tensor(new long[] { 0 }), null, 1, new TokenLossOptions(HoldToBase: 1), wantGradient: true, hidden);
        Assert.Equal(0, result.Loss, 5);
        Assert.True(result.Gradient!.abs().max().item<float>() < 1e-6);
    }
}
