using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using Studio.Data;
using Studio.Data.Access;
using Studio.Data.Store;
using Studio.Data.Validation;

namespace Studio.Web.Access;

/// <summary>API keys: shown once when made, kept as a hash.</summary>
public sealed class KeyRing(StudioDatabase database, AuditLog audit, TimeProvider time)
{
    private const int PrefixLength = 11;

    private static readonly TimeSpan UseResolution = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<string, string> idsByHash = new(StringComparer.Ordinal);

    public IReadOnlyList<ApiKey> List() => database.ApiKeys.List();

    /// <summary>Makes a key. The second value is the whole key: it is never available again.</summary>
    public Outcome<(ApiKey Record, string Key)> Create(string name, Role role, string? ownerId, TimeSpan? lifetime, string actor)
    {
        name = name.Trim();
        if (name.Length is 0 or > 100)
        {
            return Refusals.Invalid("name", "A key needs a name of 1 to 100 characters.", "Name what will use it.");
        }

        if (lifetime is { } span && (span <= TimeSpan.Zero || span > TimeSpan.FromDays(3650)))
        {
            return Refusals.Invalid("expires_in_days", "The lifetime is out of range.", "Use 1 to 3650 days, or none.");
        }

        var key = "sk-" + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32));
        var record = database.ApiKeys.Insert(new ApiKey
        {
            Id = NewId.ApiKey(),
            CreatedAt = time.GetUtcNow(),
            Name = name,
            Prefix = key[..PrefixLength],
            Sha256 = Hash(key),
            Role = role,
            OwnerId = ownerId,
            ExpiresAt = lifetime is { } life ? time.GetUtcNow() + life : null,
        });
        audit.Write(actor, "key.created", record.Id, record.Name);
        return Outcome<(ApiKey, string)>.Of((record, key));
    }

    public Outcome<ApiKey> Revoke(string keyId, string actor)
    {
        var revoked = database.ApiKeys.Update(keyId, key => key.RevokedAt is null ? key with { RevokedAt = time.GetUtcNow() } : key);
        if (revoked is null)
        {
            return new Problem(Refusals.NotFound, Severity.Fatal, $"There is no key \"{keyId}\".", "See the list of keys.");
        }

        audit.Write(actor, "key.revoked", revoked.Id, revoked.Name);
        return revoked;
    }

    /// <summary>The valid key behind a bearer token, or null.</summary>
    public ApiKey? Authenticate(string presented)
    {
        if (!presented.StartsWith("sk-", StringComparison.Ordinal) || presented.Length > 200)
        {
            return null;
        }

        // Looking up by hash leaks nothing through timing: whoever can choose a hash already knows the key.
        var hash = Hash(presented);
        var key = idsByHash.TryGetValue(hash, out var id) ? database.ApiKeys.Get(id) : database.ApiKeys.List(k => k.Sha256 == hash, limit: 1).FirstOrDefault();
        if (key is null || key.Sha256 != hash || key.RevokedAt is not null)
        {
            return null;
        }

        idsByHash[hash] = key.Id;
        var now = time.GetUtcNow();
        if (key.ExpiresAt <= now)
        {
            return null;
        }

        if (key.LastUsedAt is null || now - key.LastUsedAt > UseResolution)
        {
            database.ApiKeys.Update(key.Id, k => k with { LastUsedAt = now });
        }

        return key;
    }

    private static string Hash(string key) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key)));
}
