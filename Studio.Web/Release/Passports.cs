using System.Reflection;
using System.Text.Json;
using Studio.Data;
using Studio.Data.Jobs;
using Studio.Data.Registry;
using Studio.Data.Store;
using Studio.Web.Access;

namespace Studio.Web.Release;

/// <summary>Writes <c>passport.json</c> into adapter folders and exports, and renews it when evaluations, the policy or an override say something new.</summary>
public sealed class Passports(StudioDatabase database, StudioPaths paths, PassportKey key, PolicyBook policies, ReleaseGate gate, AuditLog audit, TimeProvider time, ILogger<Passports> logger)
{
    private readonly Lock writing = new();

    private static string CodeVersion { get; } = typeof(Passports).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";

    public string PublicKey => key.PublicKey;

    public string PublicPem => key.PublicPem;

    /// <summary>Checks the adapter's folder as it is on disk now.</summary>
    public PassportCheck Check(Adapter adapter) => Passport.Verify(paths.Resolve(adapter.Folder), key.PublicKey);

    /// <summary>The first passport of an adapter, over the files that its folder has now.</summary>
    public void Issue(Adapter adapter)
    {
        lock (writing)
        {
            var folder = paths.Resolve(adapter.Folder);
            if (Compose(adapter, Passport.HashFiles(folder), null) is { } passport)
            {
                passport.Write(folder, key);
            }
        }
    }

    /// <summary>Writes what is known now. A folder that somebody changed keeps its old passport: signing it again would hide the change.</summary>
    /// <returns>False when the folder is not what was signed.</returns>
    public bool Renew(string adapterId)
    {
        lock (writing)
        {
            if (database.Adapters.Get(adapterId) is not { } adapter || !Directory.Exists(paths.Resolve(adapter.Folder)))
            {
                return false;
            }

            var folder = paths.Resolve(adapter.Folder);
            var check = Passport.Verify(folder, key.PublicKey);
            if (check.Found ? !check.Holds : !HasWeights(adapter, folder))
            {
                logger.LogWarning("The passport of {ModelName} is not renewed: {Changes}", adapter.ModelName, string.Join(", ", check.Changes.Select(c => $"{c.File} {c.What}")));
                return false;
            }

            var before = check.Passport;
            if (Compose(adapter, before?.Files ?? Passport.HashFiles(folder), before) is not { } now)
            {
                return false;
            }

            if (before is null || !Same(before, now))
            {
                now.Write(folder, key);
                audit.Write(AuditLog.System, "passport.issued", adapter.Id, adapter.ModelName);
                RenewExports(adapter);
            }

            return true;
        }
    }

    /// <summary>A passport for an export of the adapter: the same origin, other files.</summary>
    public void WriteExport(Adapter adapter, string folder, string format)
    {
        lock (writing)
        {
            var own = Passport.Verify(paths.Resolve(adapter.Folder), key.PublicKey);
            if (Compose(adapter, Passport.HashFiles(folder), own.SignatureValid ? own.Passport : null) is { } passport)
            {
                (passport with { Format = format }).Write(folder, key);
            }
        }
    }

    private void RenewExports(Adapter adapter)
    {
        foreach (var format in Registry.AdapterLibrary.ExportFormats)
        {
            var export = paths.Export($"{adapter.Id}-{format}");
            if (Directory.Exists(export))
            {
                if (Passport.Verify(export, key.PublicKey) is { Holds: true, Passport: { } old } && Compose(adapter, old.Files, old) is { } now)
                {
                    (now with { Format = format }).Write(export, key);
                }
            }
            else
            {
                // An archive holds the passport before: it is written again when it is asked for.
                File.Delete(export);
            }
        }
    }

    private Passport? Compose(Adapter adapter, IReadOnlyDictionary<string, string> files, Passport? before)
    {
        var job = database.Jobs.Get(adapter.JobId);
        var spec = ReadSpec(adapter.JobId);
        if ((job?.Recipe ?? spec?.Recipe ?? before?.Recipe) is not { } recipe)
        {
            logger.LogWarning("{ModelName} gets no passport: nothing is known any more of the run that made it", adapter.ModelName);
            return null;
        }

        var model = database.BaseModels.Get(adapter.BaseModelId);
        var standing = gate.Of(adapter);
        return new Passport
        {
            IssuedAt = time.GetUtcNow(),
            AdapterId = adapter.Id,
            ModelName = adapter.ModelName,
            Kind = adapter.Kind,

            // Where the base lies on this machine is nobody's business elsewhere.
            BaseModel = new ModelReference(adapter.BaseModelId, model?.Name ?? before?.BaseModel.Name ?? adapter.BaseModelId, Path.GetFileName(model?.Path ?? before?.BaseModel.Path ?? ""), adapter.BaseSha256),
            ChatTemplateSha256 = adapter.ChatTemplateSha256,
            Data = Data(job, spec) is { Count: > 0 } data ? data : before?.Data ?? [],
            Recipe = recipe,
            Seed = recipe.Optimization.Seed,
            CodeVersion = before?.CodeVersion ?? CodeVersion,
            Lineage = new PassportLineage(adapter.JobId, job?.StartAdapterId ?? before?.Lineage.StartAdapterId, adapter.CheckpointStep),
            Metrics = new SortedDictionary<string, double>(adapter.Metrics.Where(m => double.IsFinite(m.Value)).ToDictionary(), StringComparer.Ordinal),
            Scorecard = policies.EvidenceOf(adapter).Result?.Measures ?? [],
            Verdict = standing.Verdict,
            Override = standing.Override,
            Files = files,
        };
    }

    private IReadOnlyList<DataSource> Data(TrainingJob? job, JobSpec? spec)
    {
        // The job folder says what was really used; records may have been deleted since.
        var references = spec?.Data ?? [.. (job?.Data ?? []).Select(Reference).OfType<DataReference>()];
        return [.. references.Select(reference => new DataSource(
            reference with { Licence = database.Datasets.Get(reference.DatasetId)?.Licence is { Length: > 0 } licence ? licence : reference.Licence },
            UploaderOf(reference)))];
    }

    private DataReference? Reference(DatasetUse use) =>
        database.DatasetVersions.Get(use.DatasetVersionId) is { } version
            ? new DataReference(version.DatasetId, version.Id, database.Datasets.Get(version.DatasetId)?.Name ?? version.FileName, version.Number, version.ContentSha256 ?? "", version.ValidRows, use.Weight)
            : null;

    private string? UploaderOf(DataReference reference)
    {
        var owner = database.DatasetVersions.Get(reference.VersionId) is { } version && database.Files.Get(version.FileId)?.OwnerId is { } uploader ? uploader : database.Datasets.Get(reference.DatasetId)?.OwnerId;
        return owner is null ? null : People.NameOf(database, owner);
    }

    private JobSpec? ReadSpec(string jobId)
    {
        try
        {
            var folder = paths.Job(jobId);
            return File.Exists(folder.Spec) ? folder.ReadSpec<JobSpec>() : null;
        }
        catch (Exception fault) when (fault is JsonException or IOException or InvalidDataException)
        {
            logger.LogWarning("The spec of {JobId} cannot be read: {Reason}", jobId, fault.Message);
            return null;
        }
    }

    private static bool HasWeights(Adapter adapter, string folder)
    {
        var files = Passport.HashFiles(folder);
        return files.Values.Contains(adapter.Sha256, StringComparer.OrdinalIgnoreCase);
    }

    private static bool Same(Passport a, Passport b) => StudioJson.Serialize(a with { IssuedAt = default }) == StudioJson.Serialize(b with { IssuedAt = default });
}
