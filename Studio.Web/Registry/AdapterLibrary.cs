using System.Globalization;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using Studio.Data;
using Studio.Data.Jobs;
using Studio.Data.Registry;
using Studio.Data.Store;
using Studio.Data.Validation;
using Studio.Web.Access;
using Studio.Web.Jobs;
using Studio.Web.Release;

namespace Studio.Web.Registry;

/// <summary>The adapters that jobs made: registered with a hash, downloaded, exported, deleted.</summary>
public sealed class AdapterLibrary(StudioDatabase database, StudioPaths paths, TrainerProgram trainer, Passports passports, AuditLog audit, TimeProvider time)
{
    public const string WeightsFile = "adapter_model.safetensors";

    /// <summary>Kind of a result that is a whole model, not an adapter.</summary>
    public const string Full = "full";

    /// <summary>Kind of a result that scores answers and so never chats.</summary>
    public const string Reward = "reward";

    /// <summary>Formats that <see cref="ExportAsync"/> takes.</summary>
    public static IReadOnlyList<string> ExportFormats { get; } = ["peft", "merged"];

    // What a checkpoint holds only to go on from.
    private static readonly string[] CheckpointOnly = ["optimizer.safetensors", "state.json", "manifest.json"];

    private readonly SemaphoreSlim exporting = new(1, 1);

    public IReadOnlyList<Adapter> List(Func<Adapter, bool>? where = null, string? after = null, int limit = int.MaxValue) => database.Adapters.List(where, after: after, limit: limit);

    public Adapter? Get(string adapterId) => database.Adapters.Get(adapterId);

    public Adapter? FindByModelName(string modelName) => database.Adapters.List(a => a.ModelName == modelName, limit: 1).FirstOrDefault();

    /// <summary>Full path of the adapter's PEFT folder.</summary>
    public string Folder(Adapter adapter) => paths.Resolve(adapter.Folder);

    /// <summary>Copies the result of a job into the library. Called again for the same job it returns what it made before.</summary>
    public async Task<Adapter> RegisterResultAsync(TrainingJob job, IReadOnlyDictionary<string, double> metrics, CancellationToken cancellation)
    {
        if (database.Adapters.List(a => a.JobId == job.Id && a.CheckpointStep is null, limit: 1) is [var made])
        {
            return made;
        }

        return await RegisterAsync(job, paths.Job(job.Id).Adapter, null, metrics, cancellation);
    }

    /// <summary>Makes an adapter of one checkpoint of a job.</summary>
    public async Task<Outcome<Adapter>> RegisterCheckpointAsync(TrainingJob job, int step, string folder, string actor, CancellationToken cancellation)
    {
        if (database.Adapters.List(a => a.JobId == job.Id && a.CheckpointStep == step, limit: 1) is [var made])
        {
            return made;
        }

        var adapter = await RegisterAsync(job, folder, step, new Dictionary<string, double>(), cancellation);
        audit.Write(actor, "adapter.created", adapter.Id, adapter.ModelName);
        return adapter;
    }

    /// <summary>The hash of the weights on disk; differs from the record when somebody changed the file.</summary>
    public static async Task<string> HashAsync(string folder, CancellationToken cancellation)
    {
        var file = new[] { WeightsFile, "model.safetensors" }.Select(f => Path.Combine(folder, f)).FirstOrDefault(File.Exists)
            ?? throw new InvalidDataException($"{Path.GetFileName(folder)} has no {WeightsFile}.");
        var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 17, FileOptions.SequentialScan | FileOptions.Asynchronous);
        await using (stream.ConfigureAwait(false))
        {
            return Convert.ToHexStringLower(await SHA256.HashDataAsync(stream, cancellation));
        }
    }

    /// <summary>Writes the PEFT folder as a zip, streamed. The archive is the same for the same adapter.</summary>
    public Task WriteZipAsync(string adapterId, Stream target, CancellationToken cancellation)
    {
        var adapter = database.Adapters.Get(adapterId) ?? throw new FileNotFoundException($"There is no adapter {adapterId}.");
        return ZipFolderAsync(Folder(adapter), target, adapter.CreatedAt, cancellation);
    }

    public static async Task ZipFolderAsync(string folder, Stream target, DateTimeOffset stamp, CancellationToken cancellation)
    {
        var archive = await ZipArchive.CreateAsync(target, ZipArchiveMode.Create, leaveOpen: true, entryNameEncoding: null, cancellation);
        await using (archive.ConfigureAwait(false))
        {
            foreach (var file in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
            {
                // Weights do not shrink; packing them would only cost time.
                var level = Path.GetExtension(file) is ".safetensors" or ".gguf" ? CompressionLevel.NoCompression : CompressionLevel.Fastest;
                var entry = archive.CreateEntry(Path.GetRelativePath(folder, file).Replace('\\', '/'), level);
                entry.LastWriteTime = stamp;
                var source = File.OpenRead(file);
                await using (source.ConfigureAwait(false))
                {
                    var into = await entry.OpenAsync(cancellation);
                    await using (into.ConfigureAwait(false))
                    {
                        await source.CopyToAsync(into, cancellation);
                    }
                }
            }
        }
    }

    /// <summary>Writes the adapter in a format (peft, merged) with the trainer and returns the full path of the file or folder; made once, then kept.</summary>
    public async Task<Outcome<string>> ExportAsync(string adapterId, string format, CancellationToken cancellation)
    {
        if (database.Adapters.Get(adapterId) is not { } adapter)
        {
            return Refusals.Missing("adapter", adapterId, "id");
        }

        if (!ExportFormats.Contains(format))
        {
            return Refusals.Invalid("format", $"There is no export format \"{format}\".", $"Use one of: {string.Join(", ", ExportFormats)}.");
        }

        if (database.BaseModels.Get(adapter.BaseModelId) is not { } model)
        {
            return Refusals.Conflicting("The base model of this adapter was removed.", "Add the base model again.");
        }

        await exporting.WaitAsync(cancellation);
        try
        {
            var output = paths.Export($"{adapter.Id}-{format}");
            if (Path.Exists(output))
            {
                return output;
            }

            var partial = output + ".partial";
            Discard(partial);
            var (exit, _) = await TrainerProcess.RunAsync(trainer.Command("export", Folder(adapter), "--format", format, "--base", model.Path, "--output", partial), cancellation);
            if (exit.Code != 0 || !Path.Exists(partial))
            {
                Discard(partial);
                return new Problem("export_failed", Severity.Fatal, $"The export ended with exit code {exit.Code.ToString(CultureInfo.InvariantCulture)}. {string.Join(' ', exit.LastLines.TakeLast(2))}".TrimEnd(), "See that the disk has room and the base model is still there.");
            }

            if (Directory.Exists(partial))
            {
                passports.WriteExport(adapter, partial, format);
                Directory.Move(partial, output);
            }
            else
            {
                File.Move(partial, output);
            }

            return output;
        }
        catch (Exception fault) when (fault is FileNotFoundException or System.ComponentModel.Win32Exception)
        {
            return new Problem("trainer_missing", Severity.Fatal, fault.Message, "Repair the installation.");
        }
        finally
        {
            exporting.Release();
        }
    }

    /// <summary>Removes an adapter and its files, unless an endpoint answers with it.</summary>
    public Outcome<Adapter> Delete(string adapterId, string actor)
    {
        if (database.Adapters.Get(adapterId) is not { } adapter)
        {
            return Refusals.Missing("adapter", adapterId, "id");
        }

        if (database.Deployments.List(d => d.State is not (DeploymentState.Stopped or DeploymentState.Failed) && d.AdapterId == adapterId, limit: 1) is [var deployment])
        {
            return Refusals.Conflicting($"The endpoint \"{deployment.Alias}\" answers with this adapter.", "Undeploy it or deploy another version first.");
        }

        database.Adapters.Delete(adapterId);
        Discard(Folder(adapter));
        foreach (var format in ExportFormats)
        {
            Discard(paths.Export($"{adapter.Id}-{format}"));
        }

        audit.Write(actor, "adapter.deleted", adapter.Id, adapter.ModelName);
        return adapter;
    }

    private async Task<Adapter> RegisterAsync(TrainingJob job, string source, int? step, IReadOnlyDictionary<string, double> metrics, CancellationToken cancellation)
    {
        var model = database.BaseModels.Get(job.BaseModelId) ?? throw new InvalidDataException("The base model of this job was removed.");
        var id = NewId.Adapter();
        var folder = paths.Adapter(id);
        await CopyAsync(source, folder + ".partial", step is null ? [] : CheckpointOnly, cancellation);
        Directory.Move(folder + ".partial", folder);

        var name = job.Suffix ?? job.Name;
        var configuration = ReadJson(Path.Combine(folder, "adapter_config.json"));
        var adapter = new Adapter
        {
            Id = id,
            CreatedAt = time.GetUtcNow(),
            Name = name,
            Version = database.Adapters.List(a => a.Name == name).Select(a => a.Version).DefaultIfEmpty().Max() + 1,
            ModelName = step is { } at ? string.Create(CultureInfo.InvariantCulture, $"{ModelNames.For(model, name, id)}:ckpt-step-{at}") : ModelNames.For(model, name, id),
            Kind = ReadJson(Path.Combine(folder, "studio.json"))?["kind"]?.ToString() ?? (job.Recipe.Lora.Enabled ? "lora" : Full),
            BaseModelId = model.Id,
            BaseSha256 = model.Facts?.Sha256 ?? "",
            ChatTemplateSha256 = model.Facts?.ChatTemplateSha256,
            JobId = job.Id,
            CheckpointStep = step,
            DatasetVersionIds = [.. job.Data.Select(d => d.DatasetVersionId)],
            Method = job.Recipe.Method,
            Folder = Path.GetRelativePath(paths.Root, folder),
            Sha256 = await HashAsync(folder, cancellation),
            Rank = configuration?["r"]?.GetValue<int>() ?? 0,
            TargetModules = Targets(configuration?["target_modules"]),
            SizeBytes = new DirectoryInfo(folder).EnumerateFiles("*", SearchOption.AllDirectories).Sum(f => f.Length),
            Metrics = metrics,
        };
        passports.Issue(adapter);
        return database.Adapters.Insert(adapter);
    }

    private static JsonObject? ReadJson(string file)
    {
        try
        {
            return File.Exists(file) ? JsonNode.Parse(File.ReadAllText(file)) as JsonObject : null;
        }
        catch (JsonException fault)
        {
            throw new InvalidDataException($"{Path.GetFileName(file)} of the result is damaged: {fault.Message}");
        }
    }

    private static IReadOnlyList<string> Targets(JsonNode? targets) => targets switch
    {
        JsonArray list => [.. list.OfType<JsonValue>().Select(v => v.ToString())],
        JsonValue word => [word.ToString()],
        _ => [],
    };

    private static async Task CopyAsync(string source, string target, IReadOnlyList<string> without, CancellationToken cancellation)
    {
        if (!Directory.Exists(source))
        {
            throw new InvalidDataException("The training ended without writing its adapter folder.");
        }

        Discard(target);
        foreach (var file in Directory.EnumerateFiles(source, "*", SearchOption.AllDirectories).Where(f => !without.Contains(Path.GetFileName(f))))
        {
            var to = Path.Combine(target, Path.GetRelativePath(source, file));
            Directory.CreateDirectory(Path.GetDirectoryName(to)!);
            var input = File.OpenRead(file);
            await using (input.ConfigureAwait(false))
            {
                var output = new FileStream(to, FileMode.Create, FileAccess.Write);
                await using (output.ConfigureAwait(false))
                {
                    await input.CopyToAsync(output, cancellation);
                    output.Flush(flushToDisk: true);
                }
            }
        }
    }

    private static void Discard(string path)
    {
        if (Directory.Exists(path))
        {
            Directory.Delete(path, recursive: true);
        }
        else
        {
            File.Delete(path);
        }
    }
}
