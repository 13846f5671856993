using System.Runtime.InteropServices;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Localization;
using Microsoft.JSInterop;
using Studio.Web.Resources;

namespace Studio.Web.Components.Charts;

/// <summary>The canvas of a chart and its link to <c>charts.js</c>: sends whole series once and afterwards only what is new.</summary>
public sealed partial class ChartCanvas : IAsyncDisposable
{
    private ElementReference canvas;
    private ElementReference tip;
    private IJSObjectReference? module;
    private IJSObjectReference? chart;
    private IReadOnlyList<ChartSeries> sent = [];
    private object? sentOptions;
    private bool busy;
    private bool again;

    [Parameter, EditorRequired]
    public IReadOnlyList<ChartSeries> Series { get; set; } = [];

    /// <summary>What the picture shows, for those who cannot see it.</summary>
    [Parameter, EditorRequired]
    public string Label { get; set; } = "";

    /// <summary>Charts with the same group share one crosshair.</summary>
    [Parameter]
    public string? Group { get; set; }

    [Parameter]
    public int Height { get; set; } = 260;

    /// <summary>No axes: a small multiple.</summary>
    [Parameter]
    public bool Compact { get; set; }

    /// <summary>step, tokens or time.</summary>
    [Parameter]
    public string X { get; set; } = "step";

    [Parameter]
    public bool Log { get; set; }

    /// <summary>0 (none) to 0.99.</summary>
    [Parameter]
    public double Smoothing { get; set; }

    /// <summary>Steps of the whole run, so that the axis does not jump while it trains.</summary>
    [Parameter]
    public int TotalSteps { get; set; }

    [Inject]
    private IStringLocalizer<Text> L { get; set; } = null!;

    [Inject]
    private IJSRuntime Js { get; set; } = null!;

    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        if (firstRender)
        {
            module = await Js.InvokeAsync<IJSObjectReference>("import", "/charts.js");
            chart = await module.InvokeAsync<IJSObjectReference>("create", canvas, tip, new
            {
                group = Group,
                compact = Compact,
                x = X,
                log = Log,
                smoothing = Smoothing,
                total = TotalSteps,
                texts = new { step = L["chart.at.step"].Value, tokens = L["chart.at.tokens"].Value, raw = L["chart.at.raw"].Value, best = L["chart.best"].Value },
            });
            sentOptions = Changeable;
        }

        await SendAsync();
    }

    private (string, bool, double, int) Changeable => (X, Log, Smoothing, TotalSteps);

    private async Task SendAsync()
    {
        if (chart is null)
        {
            return;
        }

        if (busy)
        {
            again = true;
            return;
        }

        busy = true;
        try
        {
            do
            {
                again = false;
                if (!Equals(sentOptions, Changeable))
                {
                    sentOptions = Changeable;
                    await chart.InvokeVoidAsync("change", new { x = X, log = Log, smoothing = Smoothing, total = TotalSteps });
                }

                await SendPointsAsync(chart);
            }
            while (again);
        }
        catch (JSDisconnectedException)
        {
            // The next circuit draws anew.
        }
        finally
        {
            busy = false;
        }
    }

    private async Task SendPointsAsync(IJSObjectReference chart)
    {
        var (now, before) = (Series, sent);
        if (ReferenceEquals(now, before))
        {
            return;
        }

        sent = now;
        if (now.Count != before.Count || now.Where((s, i) => !Continues(before[i], s)).Any())
        {
            await chart.InvokeVoidAsync("set", (object)now.Select(s => new { name = s.Name, colour = s.Colour, smooth = s.Smooth, points = s.AsPoints, best = s.Best, unit = s.Unit, data = Bytes(s.Points, 0) }).ToArray());
            return;
        }

        for (var i = 0; i < now.Count; i++)
        {
            if (now[i].Points.Count > before[i].Points.Count)
            {
                await chart.InvokeVoidAsync("append", i, Bytes(now[i].Points, before[i].Points.Count));
            }
        }
    }

    /// <summary>True when <paramref name="now"/> begins with all of <paramref name="before"/> (both ends are compared; the middle of a curve does not change).</summary>
    internal static bool Continues(ChartSeries before, ChartSeries now) =>
        before.Name == now.Name && before.Colour == now.Colour && before.Smooth == now.Smooth && before.AsPoints == now.AsPoints && before.Best == now.Best && before.Unit == now.Unit
        && before.Points.Count <= now.Points.Count
        && (before.Points.Count == 0 || (before.Points[0] == now.Points[0] && before.Points[^1] == now.Points[before.Points.Count - 1]));

    private static byte[] Bytes(IReadOnlyList<ChartPoint> points, int from)
    {
        var numbers = new double[(points.Count - from) * 4];
        for (int i = from, at = 0; i < points.Count; i++)
        {
            var point = points[i];
            numbers[at++] = point.Step;
            numbers[at++] = point.Value;
            numbers[at++] = point.Tokens;
            numbers[at++] = point.Seconds;
        }

        return MemoryMarshal.AsBytes<double>(numbers).ToArray();
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            if (chart is not null)
            {
                await chart.InvokeVoidAsync("dispose");
                await chart.DisposeAsync();
            }

            if (module is not null)
            {
                await module.DisposeAsync();
            }
        }
        catch (JSDisconnectedException)
        {
            // The browser went first.
        }
    }
}
