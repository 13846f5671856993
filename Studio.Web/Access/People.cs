using Studio.Data.Store;

namespace Studio.Web.Access;

/// <summary>Names behind the ids that records keep.</summary>
public static class People
{
    /// <summary>Name of a user, or of the key that did it; the id itself where neither is known any more.</summary>
    public static string NameOf(StudioDatabase database, string ownerId) =>
        database.Users.Get(ownerId)?.Name ?? (database.ApiKeys.Get(ownerId) is { } key ? $"key {key.Name}" : ownerId);
}
