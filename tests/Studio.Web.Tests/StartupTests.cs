using System.Net;
using System.Net.Sockets;
using Studio.Web.Tests.Support;

namespace Studio.Web.Tests;

/// <summary>What keeps the host from starting is one line and an exit code.</summary>
public sealed class StartupTests : IDisposable
{
    private readonly string root = Directory.CreateTempSubdirectory("studio-start-").FullName;

    public StartupTests() => StudioHost.WriteSamples(root);

    [Fact]
    public async Task A_port_in_use_is_named()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var url = $"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}";

        var (code, said) = await HostProcess.RefusedAsync(root, "--urls", url);

        Assert.Equal(4, code);
        Assert.Contains("already listens on " + url, said, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_data_folder_of_another_process_is_named()
    {
        await using var first = await HostProcess.StartAsync(root);

        var (code, said) = await HostProcess.RefusedAsync(root, "--urls", "http://127.0.0.1:0");

        Assert.Equal(4, code);
        Assert.Contains("in use by process", said, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", said, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(2, "loopback only", "--local-trial", "--urls", "http://0.0.0.0:0")]
    [InlineData(2, "Unknown option", "--unknown")]
    [InlineData(2, "is not an address", "--urls", "nonsense")]
    [InlineData(4, "no owner account", "--urls", "http://0.0.0.0:0")]
    [InlineData(4, "cannot be used", "--data", "/dev/null/data")]
    public async Task Wrong_settings_are_refused(int code, string words, params string[] arguments)
    {
        var (exit, said) = await HostProcess.RefusedAsync(root, arguments);

        Assert.Equal(code, exit);
        Assert.Contains(words, said, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", said, StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(root, recursive: true);
}
