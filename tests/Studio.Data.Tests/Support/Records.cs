using Studio.Data.Jobs;
using Studio.Data.Recipes;
using Studio.Data.Store;

namespace Studio.Data.Tests.Support;

internal static class Records
{
    public static readonly DateTimeOffset Start = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    public static Setting Setting(string id, string json = "1") => new() { Id = id, CreatedAt = Start, Json = json };

    public static TrainingJob Job(string id = "ftjob-1", JobState state = JobState.Queued) => new()
    {
        Id = id,
        CreatedAt = Start,
        Name = "job",
        State = state,
        BaseModelId = "base-1",
        Recipe = new Recipe { MethodOptions = new() { ["loss_type"] = "nll" } },
        Data = [new DatasetUse("dsv-1", 0.5)],
    };
}
