using LiteDB;

namespace Studio.Data.Store.Lite;

/// <summary>One step of the schema: brings a store of the version before to <paramref name="To"/>.</summary>
internal sealed record Migration(int To, string Title, Action<ILiteDatabase> Apply);

/// <summary>The list of migrations, oldest first; the last one is the schema this build writes.</summary>
internal static class Migrations
{
    public static IReadOnlyList<Migration> All { get; } =
    [
        new(1, "First schema", _ => { }),
    ];
}
