using Bunit;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Hosting.Internal;
using Microsoft.Extensions.Time.Testing;
using Studio.Data.Access;
using Studio.Data.Datasets;
using Studio.Data.Store;
using Studio.Data.Store.Lite;
using Studio.Web.Jobs;

namespace Studio.Web.Tests;

/// <summary>Renders components with the real services on a store of their own; scripts answer with defaults.</summary>
public class PageContext : BunitContext, IAsyncLifetime
{
    // Generous: a slow machine under load is no failure.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly string folder = Directory.CreateTempSubdirectory("studio-pages-").FullName;

    static PageContext() => DefaultWaitTimeout = Patience;

    public PageContext()
    {
        Time = new FakeTimeProvider(new DateTimeOffset(2026, 5, 4, 9, 30, 0, TimeSpan.Zero));
        var options = new StudioOptions { DataFolder = folder, LocalTrial = true, SampleFolders = [] };
        var paths = new StudioPaths(folder);
        Services.AddLogging();
        Services.AddSingleton<IHostApplicationLifetime, ApplicationLifetime>();
        Services.AddStudio(options, LiteStudioDatabase.Open(paths.Database, Time), paths, Time);
        Services.AddJobs(options);
        Services.AddServing();
        Services.AddRelease();
        Services.AddModels();
        Services.AddPages();
        JSInterop.Mode = JSRuntimeMode.Loose;
        SignIn(Role.Owner);
    }

    public FakeTimeProvider Time { get; }

    public StudioDatabase Database => Services.GetRequiredService<StudioDatabase>();

    public DatasetLibrary Library => Services.GetRequiredService<DatasetLibrary>();

    /// <summary>Waits for what a click begins and no redraw announces.</summary>
    public static async Task UntilAsync(Func<bool> condition)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (!condition())
        {
            await Task.Delay(20, patience.Token);
        }
    }

    public void SignIn(Role role) => AddAuthorization().SetAuthorized("tester").SetRoles(role.ToString());

    /// <summary>Imports a file as the upload would.</summary>
    public async Task<DatasetVersion> ImportAsync(string fileName, string text)
    {
        using var body = new MemoryStream(System.Text.Encoding.UTF8.GetBytes(text));
        var file = await Library.UploadAsync(body, fileName, "fine-tune", null, null, CancellationToken.None);
        return await Library.ImportAsync(file.Id, null, null, null, null, CancellationToken.None);
    }

    Task IAsyncLifetime.InitializeAsync() => Task.CompletedTask;

    async Task IAsyncLifetime.DisposeAsync()
    {
        await base.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }
}
