using System.Collections.Concurrent;
using Studio.Data.Registry;
using Studio.Web.Jobs;

namespace Studio.Web.Serving;

/// <summary>The serving processes of this machine, one per base model that is asked for.</summary>
public sealed class LocalWorkers(TrainerProgram trainer, StudioOptions options, TimeProvider time, ILoggerFactory loggers) : BackgroundService, IAsyncDisposable
{
    private static readonly TimeSpan Round = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<string, LocalWorker> workers = new(StringComparer.Ordinal);

    public IReadOnlyList<LocalWorker> All => [.. workers.Values];

    public LocalWorker For(BaseModel model)
    {
        var worker = workers.GetOrAdd(model.Id, _ => new LocalWorker(model, trainer, options, time, loggers.CreateLogger<LocalWorker>()));
        if (worker.Model.Path == model.Path)
        {
            return worker;
        }

        // The model moved: the old process holds the old file.
        workers.TryRemove(model.Id, out var old);
        _ = old?.StopAsync();
        return For(model);
    }

    public async Task UnloadAsync(string loraName, CancellationToken cancellation)
    {
        foreach (var worker in workers.Values)
        {
            await worker.UnloadAsync(loraName, cancellation);
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var worker in workers.Values)
        {
            await worker.StopAsync();
        }

        workers.Clear();
        Dispose();
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        await Task.WhenAll(workers.Values.Select(w => w.StopAsync()));
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Round, time);
        while (!stoppingToken.IsCancellationRequested && await timer.WaitForNextTickAsync(stoppingToken))
        {
            foreach (var worker in workers.Values.Where(w => w is { Running: true, Active: 0 } && time.GetUtcNow() - w.LastUsed > options.WorkerIdleTime))
            {
                await worker.StopAsync();
            }
        }
    }
}
