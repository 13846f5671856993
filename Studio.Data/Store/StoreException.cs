namespace Studio.Data.Store;

/// <summary>The store could not do what was asked; what was acknowledged before still stands.</summary>
public class StoreException : Exception
{
    public StoreException(string message)
        : base(message)
    {
    }

    public StoreException(string message, Exception? inner)
        : base(message, inner)
    {
    }
}

/// <summary>Another process has the store open.</summary>
public sealed class StoreLockedException(string path, StoreHolder? holder)
    : StoreException(holder is null
        ? $"The store {path} is in use by another process. Stop it first: only one process can own the store."
        : FormattableString.Invariant($"The store {path} is in use by process {holder.ProcessId} on {holder.Host} since {holder.Since:yyyy-MM-dd HH:mm:ss} UTC. Stop that process first: only one process can own the store."))
{
    public string StorePath { get; } = path;

    public StoreHolder? Holder { get; } = holder;
}

/// <summary>The store file cannot be read; <see cref="NewestCopy"/> can be put in its place (<see cref="Lite.StoreCopies.Restore"/>).</summary>
public sealed class StoreCorruptException(string path, string? newestCopy, Exception? inner)
    : StoreException(
        $"The store {path} is damaged ({inner?.Message ?? "unreadable"}). " + (newestCopy is null
            ? "There is no copy of it. Move the file away to start with an empty store; datasets, jobs and adapters stay in their folders."
            : $"The newest good copy is {newestCopy}: put it in place of the damaged file while Studio is stopped."), inner)
{
    public string StorePath { get; } = path;

    public string? NewestCopy { get; } = newestCopy;
}

/// <summary>Who has the store open.</summary>
public sealed record StoreHolder(int ProcessId, string Host, DateTimeOffset Since);

/// <summary>A record that was not served because its hash does not match its content or it cannot be read.</summary>
public sealed record DamagedRecord(string Collection, string Id, string Reason);
