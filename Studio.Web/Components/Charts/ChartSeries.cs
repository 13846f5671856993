namespace Studio.Web.Components.Charts;

/// <summary>A measured value and where it lies on each of the possible x axes.</summary>
/// <param name="Tokens">Trained tokens so far; 0 where unknown.</param>
/// <param name="Seconds">Time since the run started.</param>
public readonly record struct ChartPoint(double Step, double Value, double Tokens = 0, double Seconds = 0);

/// <summary>A curve, or single measurements drawn as points.</summary>
/// <param name="Name">Translated; in the legend and beside the crosshair.</param>
/// <param name="Colour">1 to 6: the theme's series colours in order.</param>
/// <param name="Points">In step order. A longer list with the same beginning is sent as its new end only.</param>
public sealed record ChartSeries(string Name, int Colour, IReadOnlyList<ChartPoint> Points)
{
    /// <summary>Raw faint and smoothed bold.</summary>
    public bool Smooth { get; init; }

    /// <summary>Single measurements (evaluations) instead of a line.</summary>
    public bool AsPoints { get; init; }

    /// <summary>bytes writes values as MB and GB; null writes plain numbers.</summary>
    public string? Unit { get; init; }

    /// <summary>Which point is marked as the best: lowest, highest or null.</summary>
    public string? Best { get; init; }
}
