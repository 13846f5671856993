using System.Text.Json;

namespace Studio.Data.Store.Lite;

/// <summary>
/// Keeps a second process away from the store. The lock is the open handle, so it ends with the process however that ends;
/// a file beside it says who holds it, because the locked file itself cannot be read by others.
/// </summary>
internal sealed class StoreLock : IDisposable
{
    private readonly FileStream handle;
    private readonly string holderPath;

    private StoreLock(FileStream handle, string holderPath)
    {
        this.handle = handle;
        this.holderPath = holderPath;
    }

    /// <exception cref="StoreLockedException">Another process has the store.</exception>
    public static StoreLock Take(string storePath, TimeProvider time)
    {
        var lockPath = storePath + ".lock";
        var holderPath = storePath + ".holder";
        FileStream handle;
        try
        {
            handle = new FileStream(lockPath, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException) when (File.Exists(lockPath))
        {
            throw new StoreLockedException(storePath, ReadHolder(holderPath));
        }

        try
        {
            File.WriteAllText(holderPath, StudioJson.Serialize(new StoreHolder(Environment.ProcessId, Environment.MachineName, time.GetUtcNow())));
        }
        catch
        {
            handle.Dispose();
            throw;
        }

        return new StoreLock(handle, holderPath);
    }

    public void Dispose()
    {
        try
        {
            File.Delete(holderPath);
        }
        catch (IOException)
        {
            // A note that stays behind is overwritten by the next holder.
        }

        handle.Dispose();
    }

    private static StoreHolder? ReadHolder(string path)
    {
        try
        {
            return StudioJson.Deserialize<StoreHolder>(File.ReadAllText(path));
        }
        catch (Exception fault) when (fault is IOException or JsonException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
