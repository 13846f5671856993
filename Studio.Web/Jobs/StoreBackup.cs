using Studio.Data.Store;
using Studio.Data.Store.Lite;

namespace Studio.Web.Jobs;

/// <summary>Copies the store once a day, so that a damaged file loses a day at most.</summary>
public sealed partial class StoreBackup(StudioDatabase database, StudioPaths paths, TimeProvider time, ILogger<StoreBackup> log) : BackgroundService
{
    private static readonly TimeSpan Period = TimeSpan.FromDays(1);

    /// <summary>Writes a copy when the newest one is older than a day; says in the log when that fails.</summary>
    public void CopyIfDue()
    {
        var newest = StoreCopies.List(paths.Database).FirstOrDefault();
        if (newest is not null && time.GetUtcNow() - File.GetLastWriteTimeUtc(newest) < Period)
        {
            return;
        }

        try
        {
            LogCopied(StoreCopies.Write(database, paths.Database, time));
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or StoreException)
        {
            LogFailed(fault.Message);
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // Not in the way of the start; after that every hour is soon enough to notice that a day is over.
        using var timer = new PeriodicTimer(TimeSpan.FromHours(1), time);
        await Task.Delay(TimeSpan.FromMinutes(5), time, stoppingToken).ConfigureAwait(false);
        do
        {
            CopyIfDue();
        }
        while (await timer.WaitForNextTickAsync(stoppingToken).ConfigureAwait(false));
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "The store was copied to {Path}")]
    private partial void LogCopied(string path);

    [LoggerMessage(Level = LogLevel.Error, Message = "The daily copy of the store failed: {Reason}")]
    private partial void LogFailed(string reason);
}
