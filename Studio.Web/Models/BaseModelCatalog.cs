using System.Text.Json;
using Studio.Data;
using Studio.Data.Jobs;
using Studio.Data.Registry;
using Studio.Data.Store;
using Studio.Data.Validation;
using Studio.Web.Access;
using Studio.Web.Jobs;

namespace Studio.Web.Models;

/// <summary>The base models that Studio knows. Files stay where they are; what the trainer read from them is kept.</summary>
public sealed class BaseModelCatalog(StudioDatabase database, TrainerProgram trainer, StudioOptions options, AuditLog audit, TimeProvider time, ILogger<BaseModelCatalog> logger)
{
    public IReadOnlyList<BaseModel> List() => database.BaseModels.List(newestFirst: false);

    public BaseModel? Get(string id) => database.BaseModels.Get(id);

    public BaseModel? FindByName(string name) => database.BaseModels.List(m => m.Name == name, limit: 1).FirstOrDefault();

    /// <summary>Reads a folder or GGUF file with the trainer and adds it.</summary>
    /// <param name="name">Name for the API; null takes the one of the file or folder.</param>
    public async Task<Outcome<BaseModel>> AddAsync(string path, string? name, string actor, CancellationToken cancellation)
    {
        if (string.IsNullOrWhiteSpace(path) || path.Length > 4096 || path.Contains('\0') || !Path.IsPathFullyQualified(path))
        {
            return Refusals.Invalid("path", "The path is not a full path on this machine.", "Write it from the root, e.g. /models/llama or C:\\models\\llama.");
        }

        path = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        if (!Path.Exists(path))
        {
            return Refusals.Invalid("path", $"There is nothing at {path}.", "Check the spelling; the path is one of the machine that Studio runs on.");
        }

        if (database.BaseModels.List(m => m.Path == path, limit: 1) is [var known])
        {
            return Refusals.Conflicting($"{path} is already there as \"{known.Name}\".", "Use that model, or remove it first.");
        }

        name = string.IsNullOrWhiteSpace(name) ? Path.GetFileNameWithoutExtension(path) : name.Trim();
        if (name.Length is 0 or > 100 || name.Any(c => char.IsControl(c) || c is ':' or '?' or '#') || name.StartsWith("ft:", StringComparison.Ordinal))
        {
            return Refusals.Invalid("name", "The name is not usable as a model name.", "Use up to 100 characters without a colon.");
        }

        if (FindByName(name) is not null)
        {
            return Refusals.Conflicting($"There is already a base model \"{name}\".", "Choose another name.");
        }

        var facts = await InspectAsync(path, cancellation);
        if (!facts.Succeeded)
        {
            return Outcome<BaseModel>.Refuse(facts.Problems);
        }

        var model = database.BaseModels.Insert(new BaseModel
        {
            Id = NewId.BaseModel(),
            CreatedAt = time.GetUtcNow(),
            Name = name,
            Path = path,
            State = BaseModelState.Ready,
            Facts = facts.Value,
            Licence = facts.Value.Licence,
        });
        audit.Write(actor, "base_model.created", model.Id, model.Path);
        return model;
    }

    /// <summary>What the trainer reads from a model, without adding it.</summary>
    public async Task<Outcome<ModelFacts>> InspectAsync(string path, CancellationToken cancellation)
    {
        try
        {
            var (exit, output) = await TrainerProcess.RunAsync(trainer.Command("inspect", path), cancellation);
            if (exit.Code == 0 && ReadFacts(output) is { } facts)
            {
                return facts;
            }

            var reason = string.Join(' ', exit.LastLines.TakeLast(3));
            return new Problem("bad_model", Severity.Fatal, reason.Length > 0 ? reason : $"The model could not be read (exit code {exit.Code}).", "Studio loads Hugging Face folders with safetensors and GGUF files of the families listed in the README.") { Field = "path", File = path };
        }
        catch (Exception fault) when (fault is FileNotFoundException or System.ComponentModel.Win32Exception)
        {
            return new Problem("trainer_missing", Severity.Fatal, fault.Message, "Build the solution or repair the installation.");
        }
    }

    public Outcome<BaseModel> Remove(string id, string actor)
    {
        if (database.BaseModels.Get(id) is not { } model)
        {
            return Refusals.Missing("base model", id, "id");
        }

        if (database.Deployments.List(d => d.BaseModelId == id && d.State is not (DeploymentState.Stopped or DeploymentState.Failed), limit: 1).Count > 0)
        {
            return Refusals.Conflicting("An endpoint uses this base model.", "Undeploy it first.");
        }

        if (database.Jobs.List(j => j.BaseModelId == id && !j.State.IsFinal(), limit: 1).Count > 0)
        {
            return Refusals.Conflicting("A job on this base model has not ended.", "Wait for it or cancel it.");
        }

        database.BaseModels.Delete(id);
        audit.Write(actor, "base_model.deleted", model.Id, model.Path);
        return model;
    }

    /// <summary>Registers the models under samples/models, and notes which models have left their place or come back.</summary>
    public async Task RegisterBundledAsync(CancellationToken cancellation)
    {
        foreach (var (name, path) in BundledModels())
        {
            var record = database.BaseModels.List(m => m.Bundled && m.Name == name, limit: 1).FirstOrDefault();
            if (record is { State: BaseModelState.Ready, Facts: { } known } && record.Path == path && known.SizeBytes == SizeOf(path))
            {
                continue;
            }

            record = record is null
                ? database.BaseModels.Insert(new BaseModel { Id = NewId.BaseModel(), CreatedAt = time.GetUtcNow(), Name = name, Path = path, Bundled = true })
                : database.BaseModels.Update(record.Id, m => m with { Path = path, State = BaseModelState.Inspecting, Problem = null })!;
            var facts = await InspectAsync(path, cancellation);
            database.BaseModels.Update(record.Id, m => facts.Succeeded
                ? m with { State = BaseModelState.Ready, Facts = facts.Value, Licence = facts.Value.Licence ?? m.Licence, Problem = null }
                : m with { State = BaseModelState.Refused, Problem = facts.Summary });
            if (facts.Succeeded)
            {
                logger.LogInformation("The bundled model {Name} is ready: {Parameters} parameters", name, facts.Value.Parameters);
            }
            else
            {
                logger.LogError("The bundled model {Name} at {Path} could not be read: {Reason}", name, path, facts.Summary);
            }
        }

        CheckPlaces();
    }

    /// <summary>Marks models whose files are gone, and those that are back.</summary>
    public void CheckPlaces()
    {
        foreach (var model in List())
        {
            var there = Path.Exists(model.Path);
            if (!there && model.State == BaseModelState.Ready)
            {
                logger.LogWarning("The base model {Name} is no longer at {Path}", model.Name, model.Path);
                database.BaseModels.Update(model.Id, m => m with { State = BaseModelState.Missing, Problem = $"There is nothing at {m.Path} any more." });
            }
            else if (there && model is { State: BaseModelState.Missing, Facts: not null })
            {
                database.BaseModels.Update(model.Id, m => m with { State = BaseModelState.Ready, Problem = null });
            }
        }
    }

    private IEnumerable<(string Name, string Path)> BundledModels()
    {
        HashSet<string> seen = new(StringComparer.Ordinal);
        foreach (var samples in options.SampleFolders)
        {
            var models = Path.Combine(samples, "models");
            if (!Directory.Exists(models))
            {
                continue;
            }

            foreach (var folder in Directory.GetDirectories(models).Order(StringComparer.Ordinal))
            {
                var name = Path.GetFileName(folder);
                var path = Directory.GetFiles(folder, "*.gguf").Order(StringComparer.Ordinal).FirstOrDefault() ?? (File.Exists(Path.Combine(folder, "config.json")) ? folder : null);
                if (path is not null && seen.Add(name))
                {
                    yield return (name, path);
                }
            }
        }
    }

    private static long SizeOf(string path) => File.Exists(path)
        ? new FileInfo(path).Length
        : new DirectoryInfo(path).EnumerateFiles("*.safetensors").Sum(f => f.Length);

    private static ModelFacts? ReadFacts(string output)
    {
        var start = output.IndexOf('{', StringComparison.Ordinal);
        try
        {
            return start < 0 ? null : JsonSerializer.Deserialize<ModelFacts>(output[start..], StudioJson.Options);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
