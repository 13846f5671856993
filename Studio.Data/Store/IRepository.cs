namespace Studio.Data.Store;

/// <summary>Something the store keeps: an id that never changes and a revision that grows with every write.</summary>
public interface IRecord
{
    string Id { get; }

    /// <summary>0 before the first write; set by the store.</summary>
    long Revision { get; }

    DateTimeOffset CreatedAt { get; }
}

/// <summary>
/// A collection of records. Writes are compare-and-set by revision, so two writers never overwrite each other unseen.
/// Members are safe to call from any thread.
/// </summary>
public interface IRepository<T>
    where T : class, IRecord
{
    T? Get(string id);

    /// <summary>Records that match, newest first (or oldest first), after the record <paramref name="after"/>, at most <paramref name="limit"/>.</summary>
    IReadOnlyList<T> List(Func<T, bool>? where = null, bool newestFirst = true, string? after = null, int limit = int.MaxValue);

    /// <summary>Stores a new record and returns it with its revision.</summary>
    /// <exception cref="InvalidOperationException">A record with this id exists.</exception>
    T Insert(T record);

    /// <summary>Replaces the record if it still has the revision it was read with; false when another writer was first.</summary>
    bool TryReplace(T record, out T stored);

    /// <summary>Reads, changes and writes until no other writer comes between; returns null when the record does not exist. A change that returns its argument writes nothing.</summary>
    T? Update(string id, Func<T, T> change);

    bool Delete(string id);

    /// <summary>Raised after a write, with the id; handlers must be quick and must not throw.</summary>
    event Action<string>? Changed;
}
