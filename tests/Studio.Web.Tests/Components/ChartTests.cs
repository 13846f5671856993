using Bunit;
using Studio.Web.Components.Charts;

namespace Studio.Web.Tests.Components;

public sealed class ChartTests : PageContext
{
    private static ChartSeries Loss(int count) => new("training", 1, [.. Enumerable.Range(1, count).Select(i => new ChartPoint(i, 3.0 / i, i * 512, i * 0.5))]) { Smooth = true };

    [Fact]
    public void A_longer_series_with_the_same_beginning_continues()
    {
        Assert.True(ChartCanvas.Continues(Loss(10), Loss(12)));
        Assert.True(ChartCanvas.Continues(Loss(0), Loss(12)));
        Assert.False(ChartCanvas.Continues(Loss(12), Loss(10)));
        Assert.False(ChartCanvas.Continues(Loss(10), Loss(12) with { Name = "evaluation" }));
        Assert.False(ChartCanvas.Continues(Loss(10), new ChartSeries("training", 1, [new ChartPoint(5, 9), .. Loss(12).Points]) { Smooth = true }));
    }

    [Fact]
    public void The_table_lists_the_numbers_of_all_series_by_step()
    {
        using var english = Culture.English();
        var evaluation = new ChartSeries("evaluation", 2, [new ChartPoint(2, 1.25), new ChartPoint(4, 0.75)]) { AsPoints = true, Best = "lowest" };
        var chart = Render<LineChart>(p => p.Add(c => c.Title, "Loss").Add(c => c.Series, [Loss(4), evaluation]));

        Assert.Empty(chart.FindAll("tbody tr"));
        chart.FindAll("button").Single(b => b.TextContent == "table").Click();

        var rows = chart.FindAll("tbody tr");
        Assert.Equal(4, rows.Count);
        Assert.Equal(["2", "1.5", "1.25"], rows[1].QuerySelectorAll("td").Select(c => c.TextContent.Trim()));
        Assert.Equal(["4", "0.75", "0.75"], rows[3].QuerySelectorAll("td").Select(c => c.TextContent.Trim()));
    }

    [Fact]
    public void A_long_run_gives_a_short_table_with_both_ends()
    {
        using var english = Culture.English();
        var chart = Render<LineChart>(p => p.Add(c => c.Title, "Loss").Add(c => c.Series, [Loss(50_000)]));
        chart.FindAll("button").Single(b => b.TextContent == "table").Click();

        var steps = chart.FindAll("tbody tr td:first-child").Select(c => c.TextContent).ToList();
        Assert.InRange(steps.Count, 200, 300);
        Assert.Equal("1", steps[0]);
        Assert.Equal("50,000", steps[^1]);
    }

    [Fact]
    public void The_picture_is_described_in_words()
    {
        using var english = Culture.English();
        var chart = Render<LineChart>(p => p.Add(c => c.Title, "Loss").Add(c => c.Series, [Loss(4)]));
        Assert.Equal("training: from 3 to 0.75 at step 4.", chart.Find("canvas").GetAttribute("aria-label"));
    }

    [Fact]
    public void Without_points_the_chart_says_when_they_come()
    {
        using var english = Culture.English();
        var chart = Render<LineChart>(p => p.Add(c => c.Title, "Loss").Add(c => c.Series, [Loss(0)]));
        Assert.Empty(chart.FindAll("canvas"));
        Assert.Contains("after the first step", chart.Markup);
    }

    [Fact]
    public void A_sparkline_spans_its_box_and_ignores_what_is_not_a_number()
    {
        Assert.Equal("M2 3L70 16L138 29", Sparkline.Draw([3, 2, double.NaN, 1], 140, 32));
        Assert.Equal("", Sparkline.Draw([1], 140, 32));
        Assert.Equal(120, Sparkline.Draw([.. Enumerable.Range(0, 5000).Select(i => (double)i)], 140, 32).Count(c => c is 'M' or 'L'));
    }
}
