using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Studio.Data.Store;
using Studio.Data.Store.Lite;
using Studio.Web.Access;

namespace Studio.Web;

/// <summary>Opens the store, starts the host and says where it is. What keeps it from starting becomes one line and an exit code.</summary>
internal static class Startup
{
    public const int BadUsage = 2;
    public const int CannotStart = 4;

    public static async Task<int> RunAsync(string[] args)
    {
        if (args is ["--help" or "-h", ..])
        {
            Console.Out.WriteLine(StudioOptions.Usage);
            return 0;
        }

        var parsed = StudioOptions.Parse(args, Environment.GetEnvironmentVariable);
        if (!parsed.Succeeded)
        {
            return Refuse(BadUsage, string.Join(' ', parsed.Problems.Select(p => $"{p.Message} {p.Remedy}")));
        }

        try
        {
            return await RunAsync(parsed.Value);
        }
        catch (Exception fault) when (Explain(fault, parsed.Value) is not null)
        {
            return Refuse(CannotStart, Explain(fault, parsed.Value)!);
        }
    }

    private static async Task<int> RunAsync(StudioOptions options)
    {
        // Before anything starts: a host that cannot listen must not take up jobs either.
        TryListen(options);
        var paths = new StudioPaths(options.DataFolder);
        var database = LiteStudioDatabase.Open(paths.Database, TimeProvider.System);
        var app = Program.Build(options, database, paths, TimeProvider.System);
        await using (app.ConfigureAwait(false))
        {
            var accounts = app.Services.GetRequiredService<Accounts>();
            if (!options.LoopbackOnly && !accounts.HasOwner)
            {
                return Refuse(CannotStart, $"There is no owner account yet, so Studio does not listen on {string.Join(", ", options.Urls)}. Start it once on {StudioOptions.DefaultUrl} and make the owner, then start it here again.");
            }

            await StartAsync(app);
            Announce(app, options, accounts);
            await app.WaitForShutdownAsync();
            return 0;
        }
    }

    private static async Task StartAsync(WebApplication app)
    {
        try
        {
            await app.StartAsync();
        }
        catch
        {
            await app.StopAsync();
            throw;
        }
    }

    private static void TryListen(StudioOptions options)
    {
        foreach (var address in options.Urls.Select(BindingAddress.Parse).Where(a => a.Port > 0))
        {
            var ip = IPAddress.TryParse(address.Host.Trim('[', ']'), out var parsed) ? parsed
                : string.Equals(address.Host, "localhost", StringComparison.OrdinalIgnoreCase) ? IPAddress.Loopback
                : IPAddress.Any;
            using var probe = new TcpListener(ip, address.Port);
            probe.Start();
        }
    }

    private static void Announce(WebApplication app, StudioOptions options, Accounts accounts)
    {
        var addresses = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()?.Addresses ?? [];
        var address = addresses.FirstOrDefault() ?? options.Urls[0];
        Console.Out.WriteLine($"Studio is at {address}   (data: {options.DataFolder})");
        if (options.LocalTrial)
        {
            Console.Out.WriteLine("Local trial: no sign-in, this machine only.");
        }
        else if (accounts.SetupToken() is { } token)
        {
            Console.Out.WriteLine($"Make the owner account with this one-time link: {address}/setup?token={token}");
        }
    }

    private static string? Explain(Exception fault, StudioOptions options)
    {
        for (var inner = fault; inner is not null; inner = inner.InnerException)
        {
            switch (inner)
            {
                case SocketException { SocketErrorCode: SocketError.AddressAlreadyInUse }:
                case IOException when inner.Message.Contains("address already in use", StringComparison.OrdinalIgnoreCase):
                    return $"Another program already listens on {string.Join(", ", options.Urls)}. Stop it, or choose another address with --urls.";
                case SocketException socket:
                    return $"Studio cannot listen on {string.Join(", ", options.Urls)}: {socket.Message}.";
                case StoreException store:
                    return store.Message;
            }
        }

        return fault is IOException or UnauthorizedAccessException
            ? $"The data folder {options.DataFolder} cannot be used: {fault.Message} Choose another one with --data."
            : null;
    }

    private static int Refuse(int code, string reason)
    {
        Console.Error.WriteLine($"Studio did not start: {reason}");
        return code;
    }
}
