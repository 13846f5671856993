using System.Text;
using Microsoft.Extensions.Time.Testing;
using Studio.Data.Datasets;
using Studio.Data.Store;
using Studio.Data.Store.Lite;

namespace Studio.Data.Tests.Support;

/// <summary>A data root of its own with store and library, gone when disposed.</summary>
public sealed class TestStudio : IDisposable
{
    private readonly TempFolder folder = new();

    public TestStudio()
    {
        Database = LiteStudioDatabase.Open(Path.Combine(Root, "store.db"), Time);
        Blobs = new BlobFolder(Root);
        Library = new DatasetLibrary(Database, Blobs, Time);
    }

    public string Root => folder.Path;

    public FakeTimeProvider Time { get; } = new(new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero));

    public LiteStudioDatabase Database { get; }

    public BlobFolder Blobs { get; }

    public DatasetLibrary Library { get; }

    public Task<DatasetVersion> ImportTextAsync(string text, string fileName = "rows.jsonl", ImportChoice? choice = null) =>
        ImportBytesAsync(Encoding.UTF8.GetBytes(text), fileName, choice);

    public async Task<DatasetVersion> ImportBytesAsync(byte[] bytes, string fileName, ImportChoice? choice = null)
    {
        var file = await Library.UploadAsync(new MemoryStream(bytes), fileName, "fine-tune", null, null, CancellationToken.None);
        return await Library.ImportAsync(file.Id, null, null, choice, null, CancellationToken.None);
    }

    public async Task<DatasetVersion> ImportFileAsync(string path, ImportChoice? choice = null)
    {
        var file = await Library.UploadAsync(path, "fine-tune", null, CancellationToken.None);
        return await Library.ImportAsync(file.Id, null, null, choice, null, CancellationToken.None);
    }

    public void Dispose()
    {
        Database.Dispose();
        folder.Dispose();
    }
}

public sealed class TempFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("studio-test-").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
