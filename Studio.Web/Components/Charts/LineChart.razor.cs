using System.Globalization;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Localization;
using Studio.Web.Resources;

namespace Studio.Web.Components.Charts;

/// <summary>
/// A chart in a card: curves (raw faint, smoothed bold) and measurements as points with the best marked; crosshair shared within <see cref="Group"/>, x axis by step, tokens or time,
/// smoothing, logarithmic scale, and the numbers as a table.
/// </summary>
public sealed partial class LineChart
{
    private const int TableRows = 250;

    private string x = "step";
    private double smoothing;
    private bool log;
    private bool table;

    [Parameter, EditorRequired]
    public string Title { get; set; } = "";

    [Parameter, EditorRequired]
    public IReadOnlyList<ChartSeries> Series { get; set; } = [];

    [Parameter]
    public string? Group { get; set; }

    [Parameter]
    public int Height { get; set; } = 280;

    [Parameter]
    public int TotalSteps { get; set; }

    /// <summary>Where the smoothing slider starts.</summary>
    [Parameter]
    public double Smoothing { get; set; } = 0.9;

    [Parameter]
    public bool Logarithmic { get; set; }

    /// <summary>Shown while there is nothing to draw.</summary>
    [Parameter]
    public string? Waiting { get; set; }

    /// <summary>More beside the legend.</summary>
    [Parameter]
    public RenderFragment? Header { get; set; }

    [Inject]
    private IStringLocalizer<Text> L { get; set; } = null!;

    private bool HasTokens => Series.Any(s => s.Points.Count > 0 && s.Points[^1].Tokens > 0);

    private bool HasTime => Series.Any(s => s.Points.Count > 0 && s.Points[^1].Seconds > 0);

    /// <summary>First, last and best of each series in a sentence.</summary>
    private string Summary => string.Join(' ', Series.Where(s => s.Points.Count > 0).Select(s =>
        L["chart.summary", s.Name, Format.Number(s.Points[0].Value), Format.Number(s.Points[^1].Value), Format.Count((long)s.Points[^1].Step)].Value));

    protected override void OnInitialized() => (smoothing, log) = (Smoothing, Logarithmic);

    private void OnSmoothing(ChangeEventArgs e)
    {
        if (double.TryParse(e.Value?.ToString(), NumberStyles.Float, CultureInfo.InvariantCulture, out var value))
        {
            smoothing = Math.Clamp(value, 0, 0.99);
        }
    }

    private IEnumerable<(double Step, double?[] Values)> Rows()
    {
        var steps = new SortedDictionary<double, double?[]>();
        for (var i = 0; i < Series.Count; i++)
        {
            var points = Series[i].Points;
            var stride = Series[i].AsPoints ? 1 : Math.Max(1, (int)Math.Ceiling(points.Count / (double)TableRows));
            for (var j = 0; j < points.Count; j++)
            {
                if (j % stride == 0 || j == points.Count - 1)
                {
                    if (!steps.TryGetValue(points[j].Step, out var row))
                    {
                        steps[points[j].Step] = row = new double?[Series.Count];
                    }

                    row[i] = points[j].Value;
                }
            }
        }

        return steps.Select(s => (s.Key, s.Value));
    }
}
