using Studio.Data;
using Studio.Data.Access;
using Studio.Data.Store;

namespace Studio.Web.Access;

/// <summary>Who did what and when. Entries are only ever added.</summary>
public sealed class AuditLog(StudioDatabase database, TimeProvider time)
{
    public const string System = "system";

    /// <param name="action">object.verb, e.g. <c>job.created</c>.</param>
    public void Write(string actor, string action, string? objectId = null, string? detail = null) =>
        database.Audit.Insert(new AuditEntry { Id = NewId.Audit(), CreatedAt = time.GetUtcNow(), Actor = actor, Action = action, ObjectId = objectId, Detail = detail });

    public IReadOnlyList<AuditEntry> List(string? after = null, int limit = 100) => database.Audit.List(after: after, limit: limit);
}
