using Studio.Data.Jobs;
using Studio.Training.Loop;

namespace Studio.Training.Evaluation;

/// <summary>Goes through the items of a run round by round: obeys requests between the rounds and reports how many items are done.</summary>
/// <param name="total">Items of the whole run.</param>
internal sealed class ItemRounds(StopRequest stop, EventWriter events, int total)
{
    private int done;

    /// <summary>Counts items that an earlier run did.</summary>
    public void Skip(int items) => done += items;

    /// <param name="part">What the items belong to, for the report.</param>
    /// <param name="work">Does the items of a round and keeps what comes of them.</param>
    /// <returns>
    /// False when the run was paused, cancelled or interrupted and ends here; the last event says which. Asked to stop, it leaves the other items out and returns true.
    /// </returns>
    public async Task<bool> RunAsync<T>(IEnumerable<T> items, string part, Func<T[], Task> work)
    {
        // Said before the first answers, which can take minutes: how much there is, and what was kept.
        Report(part);
        foreach (var round in items.Chunk(AskedModel.AtOnce))
        {
            switch (stop.Read())
            {
                case Wish.Cancel:
                    events.State("cancelled");
                    return false;
                case Wish.Pause or Wish.Interrupt:
                    events.State("paused");
                    return false;
                case Wish.Stop:
                    return true;
                default:
                    await work(round).ConfigureAwait(false);
                    break;
            }

            done += round.Length;
            Report(part);
        }

        return true;
    }

    private void Report(string part) => events.Metrics(events.New(JobEventTypes.Metrics) with { Step = done, TotalSteps = total, Message = part });
}
