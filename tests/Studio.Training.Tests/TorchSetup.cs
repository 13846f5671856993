using System.Runtime.CompilerServices;
using Studio.Training.Native;

namespace Studio.Training.Tests;

/// <summary>libtorch must be loaded before any test touches a tensor.</summary>
internal static class TorchSetup
{
    [ModuleInitializer]
    internal static void Load() => TorchRuntime.Load();
}
