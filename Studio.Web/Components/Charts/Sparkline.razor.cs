using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Components;

namespace Studio.Web.Components.Charts;

/// <summary>A tiny curve for tables, drawn without script.</summary>
public sealed partial class Sparkline
{
    private const int Most = 120;

    private string path = "";

    /// <summary>Values in order; thinned by the mean of neighbours.</summary>
    [Parameter, EditorRequired]
    public IReadOnlyList<double> Values { get; set; } = [];

    [Parameter, EditorRequired]
    public string Label { get; set; } = "";

    [Parameter]
    public int Colour { get; set; } = 1;

    [Parameter]
    public int Width { get; set; } = 140;

    [Parameter]
    public int Height { get; set; } = 32;

    protected override void OnParametersSet() => path = Draw(Values, Width, Height);

    internal static string Draw(IReadOnlyList<double> values, int width, int height)
    {
        var shown = Thin([.. values.Where(double.IsFinite)]);
        if (shown.Count < 2)
        {
            return "";
        }

        var (low, high) = (shown.Min(), shown.Max());
        var span = high - low;
        var text = new StringBuilder();
        for (var i = 0; i < shown.Count; i++)
        {
            var x = 2 + (i * (width - 4.0) / (shown.Count - 1));
            var y = span > 0 ? 3 + ((high - shown[i]) / span * (height - 6)) : height / 2.0;
            text.Append(CultureInfo.InvariantCulture, $"{(i == 0 ? 'M' : 'L')}{x:0.#} {y:0.#}");
        }

        return text.ToString();
    }

    private static List<double> Thin(List<double> values)
    {
        if (values.Count <= Most)
        {
            return values;
        }

        var size = values.Count / (double)Most;
        return [.. Enumerable.Range(0, Most).Select(i => values[(int)(i * size)..Math.Max((int)(i * size) + 1, (int)((i + 1) * size))].Average())];
    }
}
