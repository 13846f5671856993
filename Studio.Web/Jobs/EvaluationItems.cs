using System.Collections.Concurrent;
using System.Text.Json;
using Studio.Data;
using Studio.Data.Evaluation;

namespace Studio.Web.Jobs;

/// <summary>Which items of a suite to show.</summary>
public enum ItemFilter
{
    All,

    /// <summary>Better or worse than the base.</summary>
    Flipped,
    Better,
    Worse,
}

/// <summary>An item and how far it is from the base's.</summary>
/// <param name="Change">Above 0 is better than the base.</param>
public sealed record ItemRow(EvaluatedItem Item, double Change);

/// <summary>A page of items, worst first, and how many there are.</summary>
public sealed record ItemPage(string Suite, int Total, IReadOnlyList<ItemRow> Items);

/// <summary>What to look for among items.</summary>
public sealed record ItemQuery(string Suite)
{
    public ItemFilter Filter { get; init; }

    public string? Group { get; init; }

    /// <summary>Text in the prompt or one of the answers.</summary>
    public string? Search { get; init; }

    public int Offset { get; init; }

    public int Count { get; init; } = 50;
}

/// <summary>Reads the answered items of evaluations, also while they run.</summary>
public sealed class EvaluationItems(StudioPaths paths)
{
    private const int CachedFiles = 16;

    private readonly ConcurrentDictionary<string, (long Length, IReadOnlyList<EvaluatedItem> Items)> cache = new(StringComparer.Ordinal);

    /// <summary>All answered items of a suite, in the order they were asked; empty where there are none.</summary>
    public IReadOnlyList<EvaluatedItem> Read(string evaluationId, string suite)
    {
        if (EvaluationSuites.Find(suite) is null)
        {
            return [];
        }

        var file = new FileInfo(Path.Combine(paths.Evaluation(evaluationId).Root, "items", suite + ".jsonl"));
        if (!file.Exists)
        {
            return [];
        }

        if (cache.TryGetValue(file.FullName, out var known) && known.Length == file.Length)
        {
            return known.Items;
        }

        if (cache.Count >= CachedFiles)
        {
            cache.Clear();
        }

        var length = file.Length;
        Dictionary<string, EvaluatedItem> items = new(StringComparer.Ordinal);
        using var reader = new StreamReader(new FileStream(file.FullName, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete));
        while (reader.ReadLine() is { } line)
        {
            try
            {
                // An item that was asked again, now with the base, replaces the one before.
                var item = StudioJson.Deserialize<EvaluatedItem>(line);
                items[item.Id] = item;
            }
            catch (JsonException)
            {
                // The trainer is writing this line.
            }
        }

        IReadOnlyList<EvaluatedItem> read = [.. items.Values];
        cache[file.FullName] = (length, read);
        return read;
    }

    /// <summary>A page, the items that lost most against the base first, then the worst answers.</summary>
    public ItemPage Page(string evaluationId, ItemQuery query)
    {
        var suite = EvaluationSuites.Find(query.Suite);
        var found = Read(evaluationId, query.Suite)
            .Where(i => query.Group is null || i.Group == query.Group)
            .Where(i => Holds(i, query.Search))
            .Select(i => new ItemRow(i, ItemQuality.Change(suite, i)))
            .Where(r => query.Filter switch
            {
                ItemFilter.Flipped => r.Change != 0,
                ItemFilter.Better => r.Change > 0,
                ItemFilter.Worse => r.Change < 0,
                _ => true,
            })
            .OrderBy(r => query.Filter == ItemFilter.Better ? -r.Change : r.Change)
            .ThenBy(r => ItemQuality.Of(suite, r.Item.Scores))
            .ToList();
        return new ItemPage(query.Suite, found.Count, [.. found.Skip(Math.Max(0, query.Offset)).Take(query.Count)]);
    }

    private static bool Holds(EvaluatedItem item, string? search) =>
        string.IsNullOrWhiteSpace(search) || new[] { item.Prompt, item.Answer, item.BaseAnswer, item.Expected, item.Id }.Any(t => t?.Contains(search.Trim(), StringComparison.OrdinalIgnoreCase) == true);
}
