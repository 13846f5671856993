using System.Globalization;
using Studio.Testing;
using Studio.Training.Checkpoints;
using Studio.Training.Loop.Optimizers;
using static TorchSharp.torch;

namespace Studio.Training.Tests.Loop;

/// <summary>Gradients and parameters that a run of the reference left, compared with ours.</summary>
internal static class TrajectoryFiles
{
    /// <summary>Gradients of the first step, before clipping.</summary>
    public static void CheckGradients(string run, IReadOnlyList<OptimizedTensor> tensors)
    {
        using var scope = NewDisposeScope();
        using var file = SafeTensorsFile.Open(GoldenFolder.Under("trajectories", "runs", run, "grads_step1.safetensors"));
        foreach (var tensor in tensors)
        {
            var expected = file.Read(Key(file, tensor.Name));
            var difference = (expected - tensor.Parameter.grad!).abs().max().item<float>();
            Assert.True(difference <= (1e-4 * expected.abs().max().item<float>()) + 1e-9, string.Create(CultureInfo.InvariantCulture, $"the gradient of {tensor.Name} differs by {difference}"));
        }
    }

    /// <param name="name">params_step2 or final.</param>
    public static void CheckParameters(string run, string name, IReadOnlyList<OptimizedTensor> tensors, double tolerance)
    {
        using var scope = NewDisposeScope();
        using var file = SafeTensorsFile.Open(GoldenFolder.Under("trajectories", "runs", run, name + ".safetensors"));
        foreach (var tensor in tensors)
        {
            var difference = (file.Read(Key(file, tensor.Name)) - tensor.Parameter).abs().max().item<float>();
            Assert.True(difference <= tolerance, string.Create(CultureInfo.InvariantCulture, $"{name}: {tensor.Name} differs by {difference}, more than {tolerance}"));
        }
    }

    private static string Key(SafeTensorsFile file, string name) => file.Entries.ContainsKey(name)
        ? name
        : file.Entries.Keys.Single(k => k.Replace(".modules_to_save", "", StringComparison.Ordinal).Replace(".default.", ".", StringComparison.Ordinal) == name);
}
