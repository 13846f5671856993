using Microsoft.Extensions.Time.Testing;
using Studio.Data.Jobs;
using Studio.Data.Tests.Support;

namespace Studio.Data.Tests.Jobs;

public sealed class JobLeasesTests : IDisposable
{
    private readonly TestStudio studio = new();
    private readonly JobLeases<TrainingJob> leases;

    public JobLeasesTests() => leases = new JobLeases<TrainingJob>(studio.Database.Jobs, studio.Time);

    private FakeTimeProvider Time => studio.Time;

    public void Dispose() => studio.Dispose();

    [Fact]
    public void A_queued_job_is_claimed_once()
    {
        studio.Database.Jobs.Insert(Records.Job());
        var claimed = leases.Claim("ftjob-1", "w1")!;
        Assert.Equal(JobState.Running, claimed.State);
        Assert.Equal(1, claimed.Fence);
        Assert.Equal(new Lease("w1", Time.GetUtcNow() + leases.Duration), claimed.Lease);
        Assert.Null(leases.Claim("ftjob-1", "w2"));
        Assert.Null(leases.Claim("ftjob-none", "w2"));
    }

    [Theory]
    [InlineData(JobState.Queued, true)]
    [InlineData(JobState.Interrupted, true)]
    [InlineData(JobState.Running, false)]
    [InlineData(JobState.Paused, false)]
    [InlineData(JobState.Validating, false)]
    [InlineData(JobState.Succeeded, false)]
    [InlineData(JobState.Failed, false)]
    [InlineData(JobState.Cancelled, false)]
    public void Only_waiting_jobs_can_be_claimed(JobState state, bool can)
    {
        studio.Database.Jobs.Insert(Records.Job(state: state));
        Assert.Equal(can, leases.Claim("ftjob-1", "w") is not null);
    }

    [Fact]
    public void Of_many_workers_that_claim_at_once_one_wins()
    {
        for (var round = 0; round < 20; round++)
        {
            var id = $"ftjob-{round}";
            studio.Database.Jobs.Insert(Records.Job(id));
            using var start = new Barrier(4);
            var winners = new string?[4];
            var threads = Enumerable.Range(0, 4).Select(n => new Thread(() =>
            {
                start.SignalAndWait();
                winners[n] = leases.Claim(id, $"w{n}")?.Lease!.WorkerId;
            })).ToList();
            threads.ForEach(t => t.Start());
            threads.ForEach(t => t.Join());
            var winner = Assert.Single(winners, w => w is not null);
            Assert.Equal(winner, studio.Database.Jobs.Get(id)!.Lease!.WorkerId);
            Assert.Equal(1, studio.Database.Jobs.Get(id)!.Fence);
        }
    }

    [Fact]
    public void A_heartbeat_keeps_the_claim_and_silence_loses_it()
    {
        studio.Database.Jobs.Insert(Records.Job());
        var claim = leases.Claim("ftjob-1", "w1")!;
        Time.Advance(leases.Duration - TimeSpan.FromSeconds(1));
        Assert.NotNull(leases.Renew("ftjob-1", "w1", claim.Fence));
        Time.Advance(leases.Duration - TimeSpan.FromSeconds(1));
        Assert.Empty(leases.ExpireLeases());
        Time.Advance(TimeSpan.FromSeconds(1));
        var expired = Assert.Single(leases.ExpireLeases());
        Assert.Equal(JobState.Interrupted, expired.State);
        Assert.Null(leases.Renew("ftjob-1", "w1", claim.Fence));

        var second = leases.Claim("ftjob-1", "w2")!;
        Assert.Equal(2, second.Fence);
        Assert.Equal(2, second.Attempts);
        Assert.Null(leases.Write("ftjob-1", "w1", claim.Fence, j => j with { Name = "late write" }));
        Assert.Null(leases.Release("ftjob-1", "w1", claim.Fence, JobState.Succeeded));
        Assert.Equal("job", studio.Database.Jobs.Get("ftjob-1")!.Name);
    }

    [Fact]
    public void The_same_worker_with_an_older_fence_is_refused()
    {
        studio.Database.Jobs.Insert(Records.Job());
        var first = leases.Claim("ftjob-1", "w")!;
        leases.Release("ftjob-1", "w", first.Fence, JobState.Interrupted);
        var second = leases.Claim("ftjob-1", "w")!;
        Assert.Null(leases.Renew("ftjob-1", "w", first.Fence));
        Assert.NotNull(leases.Renew("ftjob-1", "w", second.Fence));
    }

    [Fact]
    public void A_release_writes_the_outcome_in_one_step()
    {
        studio.Database.Jobs.Insert(Records.Job());
        var claim = leases.Claim("ftjob-1", "w")!;
        Time.Advance(TimeSpan.FromMinutes(3));
        var done = leases.Release("ftjob-1", "w", claim.Fence, JobState.Failed, j => j with { Failure = new JobFailure("nan_loss", "m", "r") })!;
        Assert.Equal((JobState.Failed, "nan_loss", Time.GetUtcNow()), (done.State, done.Failure!.Code, done.FinishedAt!.Value));
        Assert.Null(done.Lease);
    }

    [Fact]
    public void A_dead_worker_that_was_asked_to_cancel_leaves_a_cancelled_job()
    {
        studio.Database.Jobs.Insert(Records.Job());
        leases.Claim("ftjob-1", "w");
        studio.Database.Jobs.Update("ftjob-1", j => j with { Request = "cancel" });
        Time.Advance(leases.Duration);
        Assert.Equal(JobState.Cancelled, Assert.Single(leases.ExpireLeases()).State);
    }
}
