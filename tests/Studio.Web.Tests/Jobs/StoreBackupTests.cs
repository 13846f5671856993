using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Studio.Data.Store.Lite;
using Studio.Web.Jobs;

namespace Studio.Web.Tests.Jobs;

public sealed class StoreBackupTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("backup").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_copy_is_written_once_a_day()
    {
        var time = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        var paths = new StudioPaths(_folder);
        using var database = LiteStudioDatabase.Open(paths.Database, time);
        using var backup = new StoreBackup(database, paths, time, NullLogger<StoreBackup>.Instance);
        backup.CopyIfDue();
        backup.CopyIfDue();
        Assert.Single(StoreCopies.List(paths.Database));
        time.Advance(TimeSpan.FromHours(25));
        backup.CopyIfDue();
        Assert.Equal(2, StoreCopies.List(paths.Database).Count);
        Assert.NotNull(StoreCopies.NewestGood(paths.Database));
    }
}
