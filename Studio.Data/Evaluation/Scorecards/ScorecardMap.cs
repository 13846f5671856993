using System.Reflection;

namespace Studio.Data.Evaluation.Scorecards;

/// <summary>A text in the two languages of the product.</summary>
public sealed record LocalizedText(string En, string Zh)
{
    /// <param name="language">A language tag; everything that begins with zh is Chinese, the rest English.</param>
    public string In(string language) => language.StartsWith("zh", StringComparison.OrdinalIgnoreCase) ? Zh : En;
}

/// <summary>The published mapping of a scorecard: which items it has and what each is measured by.</summary>
public sealed record ScorecardMap
{
    private static readonly Lazy<ScorecardMap> Shipped = new(() => Read("capability.json"));

    public required string Name { get; init; }

    /// <summary>Grows when an item is bound to something else; cards of different versions are not compared.</summary>
    public required int Version { get; init; }

    public required LocalizedText Title { get; init; }

    public required IReadOnlyList<ScorecardArea> Areas { get; init; }

    /// <summary>The card of 66 items that Studio ships.</summary>
    public static ScorecardMap Capability => Shipped.Value;

    public IEnumerable<ScorecardItem> Items => Areas.SelectMany(a => a.Dimensions).SelectMany(d => d.Items);

    /// <summary>The mapping as published, byte for byte.</summary>
    public static string CapabilityText()
    {
        using var reader = new StreamReader(Open("capability.json"));
        return reader.ReadToEnd();
    }

    private static ScorecardMap Read(string name)
    {
        using var reader = new StreamReader(Open(name));
        return StudioJson.Deserialize<ScorecardMap>(reader.ReadToEnd());
    }

    private static Stream Open(string name) => Assembly.GetExecutingAssembly().GetManifestResourceStream(name)!;
}

public sealed record ScorecardArea(string Name, LocalizedText Title, IReadOnlyList<ScorecardDimension> Dimensions);

public sealed record ScorecardDimension(string Name, LocalizedText Title, IReadOnlyList<ScorecardItem> Items);

/// <summary>One item: bound to a metric of a suite, or to evidence from the records of the installation.</summary>
public sealed record ScorecardItem
{
    public required string Id { get; init; }

    public required LocalizedText Title { get; init; }

    public string? Suite { get; init; }

    public string? Metric { get; init; }

    /// <summary>Category of the suite the item is about; null is all of it.</summary>
    public string? Group { get; init; }

    /// <summary>Name in <see cref="EvidenceRules"/>.</summary>
    public string? Evidence { get; init; }

    /// <summary>What the evidence says, with {0} met of {1}.</summary>
    public LocalizedText? Note { get; init; }

    /// <summary>Value that is worth 0; null takes 0 where more is better and 1 where less is.</summary>
    public double? Worst { get; init; }

    /// <summary>Value that is worth 1; null takes 1 where more is better and 0 where less is.</summary>
    public double? Best { get; init; }

    /// <summary>What a value of the item's metric is worth, 0 to 1; NaN stays NaN.</summary>
    public double Score(double value)
    {
        var less = Suite is not null && EvaluationSuites.Find(Suite)?.Metrics.FirstOrDefault(m => m.Name == Metric)?.HigherIsBetter == false;
        var worst = Worst ?? (less ? 1 : 0);
        var best = Best ?? (less ? 0 : 1);
        return Math.Clamp((value - worst) / (best - worst), 0, 1);
    }
}
