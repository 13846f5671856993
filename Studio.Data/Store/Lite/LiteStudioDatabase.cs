using LiteDB;
using LiteDB.Engine;
using Studio.Data.Access;
using Studio.Data.Datasets;
using Studio.Data.Evaluation;
using Studio.Data.Evaluation.Graded;
using Studio.Data.Jobs;
using Studio.Data.Preparation;
using Studio.Data.Registry;
using Studio.Data.Reviews;

namespace Studio.Data.Store.Lite;

/// <summary>
/// The embedded store: one LiteDB file owned by one process. Every record is a JSON body with its own SHA-256; all of them are kept
/// in memory too, so reads never touch the disk. A write is acknowledged when it is in the file's log.
/// </summary>
public sealed class LiteStudioDatabase : StudioDatabase
{
    private const int PageBytes = 8192;

    private readonly Lock gate = new();
    private readonly StoreLock? holder;
    private readonly Func<LiteDatabase> openFile;
    private readonly List<ILiteCollectionLoader> collections = [];
    private readonly string? path;
    private LiteDatabase? open;
    private bool disposed;

    private LiteStudioDatabase(StoreLock? holder, string? path, Func<LiteDatabase> openFile)
    {
        this.holder = holder;
        this.path = path;
        this.openFile = openFile;
        Files = Add<UploadedFile>("files");
        Datasets = Add<Dataset>("datasets");
        DatasetVersions = Add<DatasetVersion>("dataset_versions");
        BaseModels = Add<BaseModel>("base_models");
        Jobs = Add<TrainingJob>("jobs");
        Adapters = Add<Adapter>("adapters");
        Deployments = Add<Deployment>("deployments");
        Evaluations = Add<EvaluationJob>("evaluations");
        Preparations = Add<PreparationJob>("preparations");
        GradedEvals = Add<GradedEval>("graded_evals");
        GradedRuns = Add<GradedRun>("graded_runs");
        ApiKeys = Add<ApiKey>("api_keys");
        Users = Add<User>("users");
        Audit = Add<AuditEntry>("audit");
        Policies = Add<ReleasePolicy>("policies");
        Overrides = Add<OverrideRequest>("overrides");
        Votes = Add<Vote>("votes");
        Settings = Add<Setting>("settings");
    }

    public override IRepository<UploadedFile> Files { get; }

    public override IRepository<Dataset> Datasets { get; }

    public override IRepository<DatasetVersion> DatasetVersions { get; }

    public override IRepository<BaseModel> BaseModels { get; }

    public override IRepository<TrainingJob> Jobs { get; }

    public override IRepository<Adapter> Adapters { get; }

    public override IRepository<Deployment> Deployments { get; }
    public override IRepository<EvaluationJob> Evaluations { get; }

    public override IRepository<PreparationJob> Preparations { get; }

    public override IRepository<GradedEval> GradedEvals { get; }

    public override IRepository<GradedRun> GradedRuns { get; }

    public override IRepository<ApiKey> ApiKeys { get; }

    public override IRepository<User> Users { get; }

    public override IRepository<AuditEntry> Audit { get; }

    public override IRepository<ReleasePolicy> Policies { get; }

    public override IRepository<OverrideRequest> Overrides { get; }

    public override IRepository<Vote> Votes { get; }

    public override IRepository<Setting> Settings { get; }

    /// <summary>Records that were left out when the store was read.</summary>
    public IReadOnlyList<DamagedRecord> Damaged => [.. collections.SelectMany(c => c.Damaged)];

    /// <summary>Opens the store, or makes it; takes the lock, migrates after copying, and reads all records.</summary>
    /// <exception cref="StoreLockedException">Another process has it.</exception>
    /// <exception cref="StoreCorruptException">The file cannot be read.</exception>
    /// <exception cref="StoreException">The file was written by a newer Studio, or the disk refuses.</exception>
    public static LiteStudioDatabase Open(string path, TimeProvider time) => Open(path, time, Migrations.All);

    internal static LiteStudioDatabase Open(string path, TimeProvider time, IReadOnlyList<Migration> migrations)
    {
        path = Path.GetFullPath(path);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var holder = StoreLock.Take(path, time);
        if (IsCutShort(path))
        {
            holder.Dispose();
            throw new StoreCorruptException(path, StoreCopies.NewestGood(path), null);
        }

        LiteStudioDatabase? database = null;
        try
        {
            database = new LiteStudioDatabase(holder, path, () => OpenFile(path, readOnly: false));
            database.Start(migrations);
            return database;
        }
        catch (Exception fault)
        {
            database?.CloseFile();
            holder.Dispose();
            throw fault is LiteException or InvalidCastException or ArgumentException or NotSupportedException or IndexOutOfRangeException or NullReferenceException or OverflowException or InvalidOperationException
                ? new StoreCorruptException(path, StoreCopies.NewestGood(path), fault)
                : fault is StoreException ? fault : new StoreException($"The store {path} cannot be opened: {fault.Message}", fault);
        }
    }

    /// <summary>Opens a store over given streams: how tests make a disk fail.</summary>
    internal static LiteStudioDatabase Open(Func<(Stream Data, Stream Log)> streams)
    {
        var database = new LiteStudioDatabase(null, null, () =>
        {
            var (data, log) = streams();
            return new LiteDatabase(new LiteEngine(new EngineSettings { DataStream = data, LogStream = log, Collation = Collation.Binary }));
        });
        database.Start(Migrations.All);
        return database;
    }

    /// <summary>Opens a file for reading and checks every record; null when all is well, else what is wrong.</summary>
    internal static string? Verify(string path)
    {
        try
        {
            if (new FileInfo(path).Length < PageBytes)
            {
                return "it is too short";
            }

            // A copy of the copy: LiteDB may write a log beside what it opens.
            using var memory = new MemoryStream();
            using (var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite))
            {
                file.CopyTo(memory);
            }

            using var database = Open(() => (memory, new MemoryStream()));
            return database.Damaged.Count == 0 ? null : $"{database.Damaged.Count} records are damaged";
        }
        catch (Exception fault) when (fault is not OutOfMemoryException)
        {
            return fault.Message;
        }
    }

    internal static string LogPath(string storePath) =>
        Path.Combine(Path.GetDirectoryName(storePath)!, Path.GetFileNameWithoutExtension(storePath) + "-log" + Path.GetExtension(storePath));

    public override void Checkpoint() => Write<object?>(file =>
    {
        file.Checkpoint();
        return null;
    });

    public override void CopyTo(string path) => Write<object?>(file =>
    {
        // With an empty log and the write lock held, the data file is the whole store.
        file.Checkpoint();
        using var source = new FileStream(this.path ?? throw new NotSupportedException("This store has no file."), FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var target = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None);
        source.CopyTo(target);
        target.Flush(flushToDisk: true);
        return null;
    });

    /// <summary>
    /// Runs a write under the one write lock. When it fails the engine may be closed or half informed, so the file is opened anew and all
    /// collections are read again before the fault is passed on: memory never claims more than the disk holds.
    /// </summary>
    internal TResult Write<TResult>(Func<ILiteDatabase, TResult> action)
    {
        lock (gate)
        {
            ObjectDisposedException.ThrowIf(disposed, this);
            try
            {
                return action(open ?? Reopen());
            }
            catch (Exception fault) when (fault is IOException or LiteException or UnauthorizedAccessException or ObjectDisposedException or NullReferenceException)
            {
                CloseFile();
                try
                {
                    Reopen();
                }
                catch (Exception) when (fault is not OutOfMemoryException)
                {
                    // The next write tries again; what is in memory was acknowledged and may be served.
                }

                throw new StoreException($"The store could not be written: {fault.Message}", fault);
            }
        }
    }

    protected override void Dispose(bool disposing)
    {
        lock (gate)
        {
            if (disposed)
            {
                return;
            }

            disposed = true;
            CloseFile();
            holder?.Dispose();
        }
    }

    /// <summary>LiteDB would take a file shorter than its first page for a new one and begin an empty store.</summary>
    private static bool IsCutShort(string path)
    {
        var file = new FileInfo(path);
        return file.Exists && file.Length < PageBytes && (file.Length > 0 || StoreCopies.List(path).Count > 0);
    }

    private static LiteDatabase OpenFile(string path, bool readOnly) =>
        new(new LiteEngine(new EngineSettings { Filename = path, ReadOnly = readOnly, Collation = Collation.Binary }));

    private LiteRepository<T> Add<T>(string name)
        where T : class, IRecord
    {
        var repository = new LiteRepository<T>(this, name);
        collections.Add(repository);
        return repository;
    }

    private void Start(IReadOnlyList<Migration> migrations)
    {
        var file = openFile();
        open = file;
        var newest = migrations[^1].To;
        var fresh = file.UserVersion == 0 && !file.GetCollectionNames().Any();
        if (file.UserVersion > newest)
        {
            throw new StoreException($"The store {path} has schema {file.UserVersion}, written by a newer Studio; this one knows {newest}. Update Studio, or restore a copy from {StoreCopies.FolderOf(path ?? "")}.");
        }

        if (!fresh && file.UserVersion < newest)
        {
            Migrate(file, migrations);
        }
        else if (file.UserVersion != newest)
        {
            file.UserVersion = newest;
        }

        Load(file);
    }

    private void Migrate(LiteDatabase file, IReadOnlyList<Migration> migrations)
    {
        if (path is not null)
        {
            var folder = StoreCopies.FolderOf(path);
            Directory.CreateDirectory(folder);
            CopyTo(Path.Combine(folder, $"before-schema-{migrations[^1].To}.db"));
        }

        foreach (var migration in migrations.Where(m => m.To > file.UserVersion))
        {
            if (!file.BeginTrans())
            {
                throw new StoreException("A transaction is open.");
            }

            migration.Apply(file);
            file.Commit();
            file.UserVersion = migration.To;
        }

        file.Checkpoint();
    }

    private LiteDatabase Reopen()
    {
        var file = openFile();
        open = file;
        Load(file);
        return file;
    }

    private void Load(LiteDatabase file)
    {
        foreach (var collection in collections)
        {
            collection.Load(file);
        }
    }

    private void CloseFile()
    {
        var file = open;
        open = null;
        try
        {
            file?.Dispose();
        }
        catch (Exception fault) when (fault is IOException or LiteException or ObjectDisposedException or NullReferenceException or UnauthorizedAccessException)
        {
            // Closing writes the log into the data file; when the disk refuses, the log stays and is read at the next start.
        }
    }
}
