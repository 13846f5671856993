using System.Security.Cryptography;
using System.Text;
using LiteDB;

namespace Studio.Data.Store.Lite;

internal interface ILiteCollectionLoader
{
    IReadOnlyList<DamagedRecord> Damaged { get; }

    /// <summary>Makes the collection and its index if they are missing and reads all records.</summary>
    void Load(ILiteDatabase file);
}

/// <summary>One collection: documents <c>{_id, sequence, created, revision, body, sha256}</c>, and the records they hold in memory.</summary>
internal sealed class LiteRepository<T>(LiteStudioDatabase database, string name) : IRepository<T>, ILiteCollectionLoader
    where T : class, IRecord
{
    private readonly Lock cache = new();
    private Dictionary<string, Entry> byId = new(StringComparer.Ordinal);
    private T[]? oldestFirst;
    private long lastSequence;
    private List<DamagedRecord> damaged = [];

    public event Action<string>? Changed;

    public IReadOnlyList<DamagedRecord> Damaged => damaged;

    public T? Get(string id)
    {
        lock (cache)
        {
            return byId.GetValueOrDefault(id)?.Record;
        }
    }

    public IReadOnlyList<T> List(Func<T, bool>? where = null, bool newestFirst = true, string? after = null, int limit = int.MaxValue)
    {
        var records = Snapshot();
        List<T> found = [];
        var waiting = after is not null && Get(after) is not null;
        for (var i = 0; i < records.Length && found.Count < limit; i++)
        {
            var record = newestFirst ? records[records.Length - 1 - i] : records[i];
            if (waiting)
            {
                waiting = record.Id != after;
            }
            else if (where is null || where(record))
            {
                found.Add(record);
            }
        }

        return found;
    }

    public T Insert(T record)
    {
        var stored = database.Write(file =>
        {
            if (Get(record.Id) is not null)
            {
                throw new InvalidOperationException($"{name} already has a record {record.Id}.");
            }

            var entry = Entry.Of(record, revision: 1, lastSequence + 1, record.CreatedAt.UtcTicks);
            file.GetCollection(name).Insert(entry.ToDocument());
            lastSequence = entry.Sequence;
            Keep(entry);
            return entry.Record;
        });
        Changed?.Invoke(record.Id);
        return stored;
    }

    public bool TryReplace(T record, out T stored)
    {
        var (written, now) = database.Write(file =>
        {
            Entry? current;
            lock (cache)
            {
                current = byId.GetValueOrDefault(record.Id);
            }

            if (current is null || current.Record.Revision != record.Revision)
            {
                return (false, current?.Record ?? record);
            }

            var entry = Entry.Of(record, record.Revision + 1, current.Sequence, current.CreatedTicks);
            if (!file.GetCollection(name).Update(entry.ToDocument()))
            {
                throw new LiteException(0, $"{name} lost the record {record.Id}.");
            }

            Keep(entry);
            return (true, entry.Record);
        });
        stored = now;
        if (written)
        {
            Changed?.Invoke(record.Id);
        }

        return written;
    }

    public T? Update(string id, Func<T, T> change)
    {
        while (true)
        {
            if (Get(id) is not { } current)
            {
                return null;
            }

            var changed = change(current);
            if (ReferenceEquals(changed, current))
            {
                return current;
            }

            if (TryReplace(changed, out var stored))
            {
                return stored;
            }
        }
    }

    public bool Delete(string id)
    {
        var deleted = database.Write(file =>
        {
            if (Get(id) is null)
            {
                return false;
            }

            file.GetCollection(name).Delete(id);
            lock (cache)
            {
                byId.Remove(id);
                oldestFirst = null;
            }

            return true;
        });
        if (deleted)
        {
            Changed?.Invoke(id);
        }

        return deleted;
    }

    public void Load(ILiteDatabase file)
    {
        var collection = file.GetCollection(name);
        collection.EnsureIndex("sequence", unique: true);
        Dictionary<string, Entry> read = new(StringComparer.Ordinal);
        List<DamagedRecord> unread = [];
        var highest = 0L;
        foreach (var document in collection.FindAll())
        {
            if (document["sequence"].IsNumber)
            {
                highest = Math.Max(highest, document["sequence"].AsInt64);
            }

            if (Entry.TryRead(document, out var entry, out var reason))
            {
                read[entry!.Record.Id] = entry;
            }
            else
            {
                unread.Add(new DamagedRecord(name, document["_id"].IsString ? document["_id"].AsString : document["_id"].ToString(), reason));
            }
        }

        lock (cache)
        {
            byId = read;
            oldestFirst = null;
            lastSequence = highest;
            damaged = unread;
        }
    }

    private void Keep(Entry entry)
    {
        lock (cache)
        {
            byId[entry.Record.Id] = entry;
            oldestFirst = null;
        }
    }

    private T[] Snapshot()
    {
        lock (cache)
        {
            return oldestFirst ??= [.. byId.Values.OrderBy(e => e.CreatedTicks).ThenBy(e => e.Sequence).Select(e => e.Record)];
        }
    }

    private sealed record Entry(T Record, long Sequence, long CreatedTicks, string Body)
    {
        /// <summary>Writes the revision into the record by way of its JSON, so that what is kept is exactly what a restart would read.</summary>
        public static Entry Of(T record, long revision, long sequence, long createdTicks)
        {
            var fields = System.Text.Json.JsonSerializer.SerializeToNode(record, StudioJson.Options)!.AsObject();
            fields["revision"] = revision;
            var body = fields.ToJsonString(StudioJson.Options);
            return new Entry(StudioJson.Deserialize<T>(body), sequence, createdTicks, body);
        }

        public static bool TryRead(BsonDocument document, out Entry? entry, out string reason)
        {
            entry = null;
            reason = "fields are missing";
            if (!document["body"].IsString || !document["sha256"].IsString || !document["sequence"].IsNumber || !document["created"].IsNumber)
            {
                return false;
            }

            var body = document["body"].AsString;
            if (Hash(document["_id"].AsString, body) != document["sha256"].AsString)
            {
                reason = "its hash does not match its content";
                return false;
            }

            try
            {
                entry = new Entry(StudioJson.Deserialize<T>(body), document["sequence"].AsInt64, document["created"].AsInt64, body);
                return true;
            }
            catch (System.Text.Json.JsonException fault)
            {
                reason = fault.Message;
                return false;
            }
        }

        public BsonDocument ToDocument() => new()
        {
            ["_id"] = Record.Id,
            ["sequence"] = Sequence,
            ["created"] = CreatedTicks,
            ["revision"] = Record.Revision,
            ["body"] = Body,
            ["sha256"] = Hash(Record.Id, Body),
        };

        private static string Hash(string id, string body) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(id + "\n" + body)));
    }
}
