namespace Studio.Web.Tests.Support;

/// <summary>One host for the tests of a class that do not disturb each other.</summary>
public sealed class HostFixture : IAsyncLifetime
{
    public StudioHost Host { get; private set; } = null!;

    public async Task InitializeAsync() => Host = await StudioHost.StartAsync();

    public Task DisposeAsync() => Host.DisposeAsync().AsTask();
}
