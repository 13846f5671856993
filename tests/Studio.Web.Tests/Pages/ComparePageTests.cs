using Bunit;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.DependencyInjection;
using Studio.Data.Jobs;
using Studio.Web.Components.Charts;
using Studio.Web.Pages.Runs;

namespace Studio.Web.Tests.Pages;

public sealed class ComparePageTests : PageContext
{
    private readonly Culture english = Culture.English();

    protected override void Dispose(bool disposing)
    {
        english.Dispose();
        base.Dispose(disposing);
    }

    private IRenderedComponent<ComparePage> Compare(params TrainingJob[] jobs)
    {
        Services.GetRequiredService<NavigationManager>().NavigateTo($"/runs/compare?ids={string.Join(',', jobs.Select(j => j.Id))}");
        return Render<ComparePage>();
    }

    private (TrainingJob Calm, TrainingJob Bold) Two()
    {
        var model = this.AddModel();
        var calm = this.AddJob("Calm", JobState.Succeeded, model);
        var bold = this.AddJob("Bold", JobState.Succeeded, model, j => j with { Recipe = j.Recipe with { Optimization = j.Recipe.Optimization with { LearningRate = 8e-4 } } });
        this.WriteEvents(calm.Id, this.Metrics(1, 2), this.Metrics(2, 1.8), this.Evaluation(2, 1.1));
        this.WriteEvents(bold.Id, this.Metrics(1, 2), this.Metrics(2, 1.2), this.Metrics(3, 1), this.Evaluation(3, 0.9));
        return (calm, bold);
    }

    [Fact]
    public void Curves_lie_over_each_other()
    {
        var (calm, bold) = Two();
        var series = Compare(calm, bold).FindComponent<LineChart>().Instance.Series;

        Assert.Equal(["Calm", "Bold"], series.Select(s => s.Name));
        Assert.Equal([1, 2], series.Select(s => s.Colour));
        Assert.Equal([2, 3], series.Select(s => s.Points.Count));
    }

    [Fact]
    public void Only_what_differs_is_listed()
    {
        var (calm, bold) = Two();
        var page = Compare(calm, bold);

        var row = Assert.Single(page.FindAll("[data-testid=differences] tbody tr"));
        Assert.Contains("optimization.learning_rate", row.TextContent);
        Assert.Contains("2e-4", row.TextContent);
        Assert.Contains("8e-4", row.TextContent);
    }

    [Fact]
    public void The_better_result_is_marked()
    {
        var (calm, bold) = Two();
        var best = Compare(calm, bold).FindAll("td.best");

        Assert.Contains(best, cell => cell.TextContent.StartsWith("0.9 ", StringComparison.Ordinal));
    }

    [Fact]
    public void Runs_of_one_name_are_told_apart()
    {
        var model = this.AddModel();
        var page = Compare(this.AddJob("Harbour", JobState.Succeeded, model), this.AddJob("Harbour", JobState.Succeeded, model));

        Assert.Equal(["Harbour (1)", "Harbour (2)"], page.FindAll(".run .name").Select(n => n.TextContent));
        Assert.NotEmpty(page.FindAll("[data-testid=no-differences]"));
    }

    [Fact]
    public void A_single_run_asks_for_another()
    {
        var job = this.AddJob("Harbour", JobState.Succeeded, this.AddModel());
        Assert.Contains("Choose at least two runs", Compare(job).Markup);
    }
}
