using Studio.Training.Checkpoints;
using Studio.Training.Native;

namespace Studio.Training.Commands;

/// <summary>Loads a model for a verb, and says on standard error what was chosen.</summary>
internal static class LoadModel
{
    public static PretrainedModel From(string path, string device, string baseType)
    {
        TorchRuntime.Load();
        var place = TorchRuntime.ChooseDevice(device, Console.Error.WriteLine);
        var type = TorchRuntime.ChooseBaseType(baseType, place, Console.Error.WriteLine);
        return PretrainedModel.Load(path, new LoadOptions { Device = place, DType = type });
    }
}
