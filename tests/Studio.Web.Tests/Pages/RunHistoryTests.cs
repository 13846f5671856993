using Studio.Data.Jobs;
using Studio.Web.Pages.Runs;

namespace Studio.Web.Tests.Pages;

public sealed class RunHistoryTests
{
    private static readonly DateTimeOffset Start = new(2026, 5, 4, 9, 30, 0, TimeSpan.Zero);

    private static JobEvent Loss(int step, double loss, double tokens = 0) =>
        new() { Time = Start.AddSeconds(step), Type = JobEventTypes.Metrics, Step = step, TotalSteps = 20, Metrics = new Dictionary<string, double> { ["loss"] = loss, ["trained_tokens"] = tokens } };

    [Fact]
    public void Points_know_their_tokens_and_seconds()
    {
        var history = new RunHistory("job");
        history.Add(new JobEvent { Time = Start, Type = JobEventTypes.State, State = "training" });
        history.Add(Loss(1, 2.5, 100));
        history.Add(Loss(2, 2.0, 200));

        var curve = history.Curve("loss");
        Assert.Equal([1, 2], curve.Select(p => p.Step));
        Assert.Equal(200, curve[1].Tokens);
        Assert.Equal(2, curve[1].Seconds);
        Assert.Equal((2, 20), (history.LastStep, history.TotalSteps));
    }

    [Fact]
    public void A_curve_that_was_handed_out_does_not_change()
    {
        var history = new RunHistory("job");
        history.Add(Loss(1, 2.5));
        history.Add(Loss(2, 2.0));
        var before = history.Curve("loss");
        history.Add(Loss(3, 1.5));

        Assert.Equal(2, before.Count);
        Assert.Equal(3, history.Curve("loss").Count);
        Assert.Throws<ArgumentOutOfRangeException>(() => before[2]);
    }

    [Fact]
    public void Steps_that_a_resumed_run_repeats_replace_the_earlier_ones()
    {
        var history = new RunHistory("job");
        for (var step = 1; step <= 6; step++)
        {
            history.Add(Loss(step, 6 - step));
        }

        var before = history.Curve("loss");
        history.Add(Loss(4, 9));

        Assert.Equal([1, 2, 3, 4], history.Curve("loss").Select(p => p.Step));
        Assert.Equal(9, history.Last("loss"));
        Assert.Equal(6, before.Count);
        Assert.Equal(0, before[5].Value);
    }

    [Fact]
    public void Samples_gather_by_prompt_with_the_base_first()
    {
        var history = new RunHistory("job");
        foreach (var (step, answer) in new[] { (0, "no idea"), (5, "blue"), (10, "teal") })
        {
            history.Add(new JobEvent { Time = Start, Type = JobEventTypes.Sample, Step = step, Sample = new SampleAnswer(0, "Colour?", answer, "teal") });
        }

        var sample = Assert.Single(history.Samples);
        Assert.Equal([0, 5, 10], history.SampleSteps);
        Assert.Equal("no idea", sample.At(0));
        Assert.Equal("teal", sample.At(10));
        Assert.Equal("teal", sample.Expected);
    }

    [Fact]
    public void Of_checkpoints_called_best_the_last_one_is()
    {
        var history = new RunHistory("job");
        foreach (var (step, best) in new[] { (5, true), (10, true), (15, false) })
        {
            history.Add(Loss(step, 1));
            history.Add(new JobEvent { Time = Start, Type = JobEventTypes.Checkpoint, Step = step, Checkpoint = new CheckpointNote(step, $"checkpoints/step-{step}", best, 1.0 / step) });
        }

        Assert.Equal([15, 10, 5], history.Checkpoints.Select(c => c.Step));
        Assert.Equal(10, history.Checkpoints.Single(c => c.Best).Step);
        Assert.Equal(1, history.Checkpoints[0].Loss);
    }

    [Fact]
    public void The_log_keeps_its_newest_lines()
    {
        var history = new RunHistory("job");
        for (var i = 0; i < 6000; i++)
        {
            history.Add(new JobEvent { Time = Start, Type = JobEventTypes.Log, Level = "info", Message = $"line {i}" });
        }

        Assert.True(history.Log.Count <= 5000);
        Assert.Equal("line 5999", history.Log[^1].Text);
    }
}
