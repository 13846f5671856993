using Microsoft.Extensions.Logging;
using Studio.Web.Jobs;
using Studio.Web.Tests.Support;

namespace Studio.Web.Tests.Jobs;

public class HangfireLogTests
{
    /// <summary>Hangfire's log provider is static: the one of a host that is gone must not stop the next host's job servers.</summary>
    [Fact]
    public void A_disposed_logger_factory_gives_a_log_that_is_off()
    {
        var factory = LoggerFactory.Create(_ => { });
        var provider = new HangfireLog(factory);
        factory.Dispose();

        var log = provider.GetLogger("Hangfire.BackgroundJobServer");

        Assert.False(log.Log(Hangfire.Logging.LogLevel.Error, () => "lost", null));
    }

    [Fact]
    public void Messages_reach_the_host_with_their_level()
    {
        var lines = new ErrorLog();
        using var factory = LoggerFactory.Create(builder => builder.AddProvider(lines));
        var log = new HangfireLog(factory).GetLogger("Hangfire.Server");

        Assert.True(log.Log(Hangfire.Logging.LogLevel.Error, null, null));
        Assert.True(log.Log(Hangfire.Logging.LogLevel.Error, () => "the queue is broken", new InvalidOperationException("why")));

        Assert.Contains("the queue is broken", lines.ToString(), StringComparison.Ordinal);
    }
}
