using System.CommandLine;
using System.Text.Json.Nodes;
using Studio.Training.Generation;
using Studio.Training.Serving;

namespace Studio.Training.Commands;

/// <summary><c>serve MODEL</c>: the serving worker.</summary>
public static class ServeCommand
{
    public static Command Create()
    {
        var model = new Argument<string>("MODEL") { Description = "Hugging Face folder or GGUF file." };
        var port = new Option<int>("--port") { Description = "Port on 127.0.0.1; 0 takes a free one.", DefaultValueFactory = _ => 8000 };
        var name = new Option<string?>("--name") { Description = "Name the base model answers under; default is the name of the file or folder." };
        var adapters = new Option<string[]>("--adapter") { Description = "Adapter to load, as NAME=FOLDER; may be given several times.", DefaultValueFactory = _ => [] };
        var device = new Option<string>("--device") { Description = "auto, cpu, cuda or mps.", DefaultValueFactory = _ => "auto" };
        var baseType = new Option<string>("--base-type") { Description = "auto, bf16 or fp32.", DefaultValueFactory = _ => "auto" };
        var batch = new Option<int>("--max-batch") { Description = "Answers decoded together.", DefaultValueFactory = _ => 16 };
        var waiting = new Option<int>("--max-waiting") { Description = "Requests that may wait; more are refused with 429.", DefaultValueFactory = _ => 256 };
        var context = new Option<int>("--context") { Description = "Context in tokens; 0 takes the model's.", DefaultValueFactory = _ => 0 };
        var command = new Command("serve", "Answers the OpenAI API on 127.0.0.1 with a base model and any number of adapters. Prints one JSON line with its address.")
        {
            model, port, name, adapters, device, baseType, batch, waiting, context,
        };
        command.SetAction((parse, cancellation) => RunAsync(
            parse.GetValue(model)!,
            parse.GetValue(port),
            parse.GetValue(name),
            parse.GetValue(adapters)!,
            parse.GetValue(device)!,
            parse.GetValue(baseType)!,
            new EngineOptions { MaxBatch = Math.Clamp(parse.GetValue(batch), 1, 256), MaxWaiting = Math.Max(1, parse.GetValue(waiting)), ContextLength = Math.Max(0, parse.GetValue(context)) },
            cancellation));
        return command;
    }

    private static async Task<int> RunAsync(string path, int port, string? name, string[] adapters, string deviceName, string baseType, EngineOptions options, CancellationToken cancellation)
    {
        using var model = LoadModel.From(path, deviceName, baseType);
        using var engine = new Engine(model, name ?? Path.GetFileNameWithoutExtension(Path.TrimEndingDirectorySeparator(path)), options);
        foreach (var adapter in adapters)
        {
            if (adapter.Split('=', 2) is not [{ Length: > 0 } adapterName, { Length: > 0 } folder])
            {
                throw new InvalidDataException($"--adapter {adapter}: write it as NAME=FOLDER.");
            }

            await engine.LoadAdapterAsync(adapterName, folder, null, cancellation).ConfigureAwait(false);
        }

        await using var server = await WorkerServer.StartAsync(engine, port, Environment.GetEnvironmentVariable("STUDIO_WORKER_TOKEN"), TimeProvider.System, cancellation).ConfigureAwait(false);
        await Console.Out.WriteLineAsync(new JsonObject { ["listening"] = server.Address }.ToJsonString()).ConfigureAwait(false);
        using var orphaned = ParentWatch.Start(Environment.GetEnvironmentVariable("STUDIO_PARENT_PID"), TimeProvider.System);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellation, orphaned.Token);
        await server.WaitAsync(ending.Token).ConfigureAwait(false);
        return 0;
    }
}
