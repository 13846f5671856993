using System.Text.Json;
using Studio.Data;
using Studio.Training.Loop;

namespace Studio.Training.Tests.Loop;

public sealed class ScheduleGoldenTests
{
    public static IEnumerable<object[]> Cases => GoldenJson.Rows("trajectories", "schedulers.json", j => j.AsArray(), (c, i) => $"{i} {c["name"]} {c["kwargs"]!.ToJsonString()}");

    [SkippableTheory]
    [MemberData(nameof(Cases))]
    public void Every_rate_is_the_reference_rate(int index, string name)
    {
        Skip.If(index < 0, name);
        var test = GoldenJson.Read("trajectories", "schedulers.json")[index]!;
        var schedule = Schedule.Create(
            (string)test["name"]!, (double)test["base_lr"]!, (int)test["num_warmup_steps"]!, (int)test["num_training_steps"]!,
            test["kwargs"].Deserialize<ScheduleOptions>(StudioJson.Options));
        var expected = test["lr"].Doubles();
        for (var step = 0; step < expected.Length; step++)
        {
            Assert.True(Math.Abs(expected[step] - schedule.At(step)) < 1e-12, $"step {step}: {schedule.At(step):R}, expected {expected[step]:R}");
        }
    }

    [Fact]
    public void A_plateau_divides_the_rate_after_more_than_ten_bad_evaluations()
    {
        var schedule = Schedule.Create("reduce_lr_on_plateau", 0.5, 0, 100);
        schedule.Plateau!.Observe(1.0);
        for (var i = 0; i < 10; i++)
        {
            schedule.Plateau.Observe(1.0);
            Assert.Equal(0.5, schedule.At(i));
        }

        schedule.Plateau.Observe(1.0);
        Assert.Equal(0.05, schedule.At(12), 12);
    }
}
