using System.Globalization;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Localization;
using Studio.Web.Resources;

namespace Studio.Web.Components.Charts;

/// <summary>How lengths are spread, with the line at which they are cut; drawn without script, with its numbers as a table.</summary>
public sealed partial class Histogram
{
    /// <summary>Upper bound of each bar.</summary>
    [Parameter, EditorRequired]
    public IReadOnlyList<int> Bounds { get; set; } = [];

    [Parameter, EditorRequired]
    public IReadOnlyList<long> Counts { get; set; } = [];

    [Parameter, EditorRequired]
    public string Label { get; set; } = "";

    /// <summary>What is measured: tokens, characters.</summary>
    [Parameter, EditorRequired]
    public string Unit { get; set; } = "";

    /// <summary>Longer ones are cut.</summary>
    [Parameter]
    public int? CutOff { get; set; }

    [Parameter]
    public int Height { get; set; } = 140;

    [Inject]
    private IStringLocalizer<Text> L { get; set; } = null!;

    /// <summary>Every how many bars have a label, so that labels never touch.</summary>
    private int Stride => Math.Max(1, (Counts.Count + 11) / 12);

    private string Share(long count)
    {
        var most = Counts.Count > 0 ? Counts.Max() : 0;
        return (most > 0 && count > 0 ? Math.Max(1.5, 100.0 * count / most) : 0).ToString("0.#", CultureInfo.InvariantCulture);
    }

    /// <summary>Where the cut lies between the bars, in percent; null beyond the last one.</summary>
    private string? CutPosition(int limit)
    {
        var bar = 0;
        while (bar < Bounds.Count && Bounds[bar] <= limit)
        {
            bar++;
        }

        if (bar >= Bounds.Count || Bounds.Count == 0)
        {
            return null;
        }

        var before = bar > 0 ? Bounds[bar - 1] : 0;
        var within = (limit - before) / (double)Math.Max(1, Bounds[bar] - before);
        return ((bar + within) * 100 / Bounds.Count).ToString("0.##", CultureInfo.InvariantCulture);
    }
}
