using Studio.Data;
using Studio.Data.Jobs;
using Studio.Training.Evaluation;
using Studio.Training.Loop;

namespace Studio.Training.Tests.Evaluation;

public sealed class ItemRoundsTests : IDisposable
{
    private readonly JobFolder folder = new(Directory.CreateTempSubdirectory("rounds-").FullName);
    private readonly List<int> done = [];

    public void Dispose() => Directory.Delete(folder.Root, recursive: true);

    [Fact]
    public async Task All_items_are_done_in_rounds_and_counted_with_those_of_earlier_runs()
    {
        Assert.True(await RunAsync(_ => { }));

        Assert.Equal(Enumerable.Range(0, 100), done);
        var last = Events().Last(e => e.Type == JobEventTypes.Metrics);
        Assert.Equal((110, 110, "part"), (last.Step, last.TotalSteps, last.Message));
    }

    [Theory]
    [InlineData(ControlWords.Pause, "paused")]
    [InlineData(ControlWords.Cancel, "cancelled")]
    public async Task A_request_ends_the_run_after_the_round_at_hand(string word, string state)
    {
        Assert.False(await RunAsync(_ => File.WriteAllText(folder.Control, word)));

        Assert.Equal(Enumerable.Range(0, AskedModel.AtOnce), done);
        Assert.Equal(state, Events().Last(e => e.Type == JobEventTypes.State).State);
    }

    [Fact]
    public async Task A_run_that_shall_stop_leaves_the_other_items_out_and_goes_on()
    {
        Assert.True(await RunAsync(_ => File.WriteAllText(folder.Control, ControlWords.Stop)));

        Assert.Equal(Enumerable.Range(0, AskedModel.AtOnce), done);
    }

    private async Task<bool> RunAsync(Action<int[]> during)
    {
        using var events = new EventWriter(folder.Events, TimeProvider.System);
        using var stop = StopRequest.OfFolder(folder);
        var rounds = new ItemRounds(stop, events, total: 110);
        rounds.Skip(10);
        return await rounds.RunAsync(Enumerable.Range(0, 100), "part", round =>
        {
            done.AddRange(round);
            during(round);
            return Task.CompletedTask;
        });
    }

    private IReadOnlyList<JobEvent> Events() => [.. File.ReadLines(folder.Events).Select(StudioJson.Deserialize<JobEvent>)];
}
