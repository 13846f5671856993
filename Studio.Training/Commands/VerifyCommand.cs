using System.CommandLine;
using Studio.Data;
using Studio.Training.Checkpoints;
using Studio.Training.Native;
using Studio.Training.Verification;
using static TorchSharp.torch;

namespace Studio.Training.Commands;

/// <summary><c>verify MODEL --cases FILE</c>: replays reference outputs and says per tensor how far the model is off.</summary>
public static class VerifyCommand
{
    public static Command Create()
    {
        var model = new Argument<string>("MODEL") { Description = "Hugging Face folder or GGUF file." };
        var cases = new Option<string>("--cases") { Description = "Safetensors file with inputs and expected outputs.", Required = true };
        var adapter = new Option<string?>("--adapter") { Description = "PEFT folder whose reference outputs the cases are." };
        var config = new Option<string?>("--config") { Description = "Configuration to use instead of the folder's config.json." };
        var tolerance = new Option<double>("--tolerance") { Description = "Absolute for logits and loss, relative for hidden states and gradients.", DefaultValueFactory = _ => 1e-4 };
        var device = new Option<string>("--device") { Description = "auto, cpu, cuda, cuda:N or mps.", DefaultValueFactory = _ => "cpu" };
        var command = new Command("verify", "Compare a model with reference outputs: one JSON line per tensor; exit code 1 when one is off.") { model, cases, adapter, config, tolerance, device };
        command.SetAction(parse => Run(parse.GetValue(model)!, parse.GetValue(cases)!, parse.GetValue(adapter), parse.GetValue(config), parse.GetValue(tolerance), parse.GetValue(device)!));
        return command;
    }

    private static int Run(string path, string cases, string? adapter, string? config, double tolerance, string device)
    {
        if (!(tolerance > 0))
        {
            throw new ArgumentException("--tolerance must be above 0");
        }

        if (!File.Exists(cases))
        {
            throw new FileNotFoundException($"{cases}: no such file");
        }

        using (var file = SafeTensorsFile.Open(cases))
        {
            if (AdapterCases.Fits(file) != adapter is not null)
            {
                throw new ArgumentException(adapter is null ? $"{cases}: holds outputs of an adapter; name its folder with --adapter" : $"{cases}: has no logits.adapter to compare the adapter with");
            }
        }

        var place = TorchRuntime.ChooseDevice(device, Console.Error.WriteLine);
        using var model = PretrainedModel.Load(path, new LoadOptions { Device = place, DType = ScalarType.Float32, ConfigPath = config });
        var (ok, count) = (true, 0);
        foreach (var check in adapter is null ? ReferenceCases.Replay(model, cases, tolerance) : AdapterCases.Replay(model, adapter, cases, tolerance))
        {
            Console.Out.WriteLine(StudioJson.Serialize(check));
            ok &= check.Ok || check.Skipped;
            count += check.Skipped ? 0 : 1;
        }

        if (count == 0)
        {
            throw new InvalidDataException($"{cases}: holds nothing that can be compared");
        }

        return ok ? ExitCodes.Ok : ExitCodes.Failed;
    }
}
