using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Studio.Data.Access;
using Studio.Data.Jobs;
using Studio.Data.Registry;
using Studio.Data.Store;
using Studio.Data.Store.Lite;
using Studio.Testing;
using Studio.Web.Access;

namespace Studio.Web.Tests.Support;

/// <summary>The whole host on a free port of this machine, with its own data folder and the fake trainer.</summary>
public sealed class StudioHost : IAsyncDisposable
{
    public const string ModelName = "tiny";

    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly StudioOptions options;
    private readonly ErrorLog errors;
    private WebApplication app;

    private StudioHost(StudioOptions options, WebApplication app, StudioDatabase database, ErrorLog errors)
    {
        this.errors = errors;
        this.options = options;
        this.app = app;
        Database = database;
    }

    /// <summary>The fake trainer beside this test's build.</summary>
    public static string FakeTrainer { get; } = RepositoryRoot.Under("tests", "Studio.FakeTrainer", "bin", new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name, new DirectoryInfo(AppContext.BaseDirectory).Name, "Studio.FakeTrainer.dll");

    public StudioDatabase Database { get; private set; }

    public string Folder => options.DataFolder;

    public StudioPaths Paths => Get<StudioPaths>();

    public Uri Address => new(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());

    public BaseModel Model => Database.BaseModels.List(m => m.Name == ModelName).Single();

    public static async Task<StudioHost> StartAsync(Func<StudioOptions, StudioOptions>? adjust = null)
    {
        var root = Path.Combine(Path.GetTempPath(), "studio-test-" + Guid.NewGuid().ToString("N")[..12]);
        var options = new StudioOptions
        {
            DataFolder = Path.Combine(root, "data"),
            Urls = ["http://127.0.0.1:0"],
            Trainer = FakeTrainer,
            SampleFolders = [WriteSamples(root)],
        };
        options = adjust?.Invoke(options) ?? options;
        var errors = new ErrorLog();
        var (app, database) = Build(options, errors);
        var host = new StudioHost(options, app, database, errors);
        await app.StartAsync();
        await host.UntilAsync(database.BaseModels, () => database.BaseModels.List(m => m.State == BaseModelState.Ready).Count > 0);
        return host;
    }

    /// <summary>A folder with one bundled model that the fake trainer accepts.</summary>
    public static string WriteSamples(string root)
    {
        var samples = Path.Combine(root, "samples");
        Directory.CreateDirectory(Path.Combine(samples, "models", ModelName));
        File.WriteAllText(Path.Combine(samples, "models", ModelName, "tiny.gguf"), "GGUF");
        return samples;
    }

    public T Get<T>()
        where T : notnull => app.Services.GetRequiredService<T>();

    public string Key(Role role = Role.Owner) => Get<KeyRing>().Create("test", role, null, null, "test").Value.Key;

    /// <summary>A client that sends a key of the role; null sends none.</summary>
    public HttpClient Client(Role? role = Role.Owner)
    {
        var client = new HttpClient { BaseAddress = Address };
        if (role is { } given)
        {
            client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Key(given));
        }

        return client;
    }

    /// <summary>Stops the host and starts it again on the same data folder.</summary>
    public async Task RestartAsync(Action? between = null)
    {
        await StopAsync();
        between?.Invoke();
        (app, Database) = Build(options, errors);
        await app.StartAsync();
    }

    /// <summary>Uploads chat examples and returns the file's id.</summary>
    public async Task<string> UploadAsync(HttpClient client, string? content = null, string fileName = "train.jsonl")
    {
        using var form = new MultipartFormDataContent { { new StringContent("fine-tune"), "purpose" }, { new StringContent(content ?? Examples(12)), "file", fileName } };
        var answer = await client.PostAsync("/v1/files", form);
        answer.EnsureSuccessStatusCode();
        return (await answer.Content.ReadFromJsonAsync<JsonObject>())!["id"]!.GetValue<string>();
    }

    /// <summary>Makes a job over <c>/v1</c>; its suffix becomes its name and tells the fake trainer what to do.</summary>
    public async Task<TrainingJob> CreateJobAsync(HttpClient client, string suffix, Func<TrainingJob, bool>? until = null)
    {
        var answer = await client.PostAsJsonAsync("/v1/fine_tuning/jobs", new { model = ModelName, training_file = await UploadAsync(client), suffix });
        var body = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, $"{body}\n{errors}");
        var id = JsonNode.Parse(body)!["id"]!.GetValue<string>();
        return await JobAsync(id, until ?? (j => j.State.IsFinal()));
    }

    /// <summary>Waits until the job's record is as wanted.</summary>
    public async Task<TrainingJob> JobAsync(string id, Func<TrainingJob, bool> until)
    {
        await UntilAsync(Database.Jobs, () => Database.Jobs.Get(id) is { } job && until(job), () => Data.StudioJson.Serialize(Database.Jobs.Get(id)));
        return Database.Jobs.Get(id)!;
    }

    /// <summary>Waits for a condition that a write to a collection can make true.</summary>
    public async Task UntilAsync<T>(IRepository<T> records, Func<bool> condition, Func<string>? explain = null)
        where T : class, IRecord
    {
        var met = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        void Look(string id)
        {
            if (condition())
            {
                met.TrySetResult();
            }
        }

        records.Changed += Look;
        try
        {
            Look("");
            await met.Task.WaitAsync(Patience);
        }
        catch (TimeoutException)
        {
            Assert.Fail($"Waited in vain. {explain?.Invoke()}\n{errors}");
        }
        finally
        {
            records.Changed -= Look;
        }
    }

    public static string Examples(int count) => string.Concat(Enumerable.Range(1, count).Select(i =>
        $$"""{"messages":[{"role":"user","content":"Question number {{i}}?"},{"role":"assistant","content":"Answer number {{i}}."}]}""" + "\n"));

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        Directory.Delete(Path.GetDirectoryName(options.DataFolder)!, recursive: true);
    }

    private static (WebApplication App, StudioDatabase Database) Build(StudioOptions options, ErrorLog errors)
    {
        var paths = new StudioPaths(options.DataFolder);
        var database = LiteStudioDatabase.Open(paths.Database, TimeProvider.System);
        return (Program.Build(options, database, paths, TimeProvider.System, builder => builder.Logging.AddProvider(errors)), database);
    }

    private async Task StopAsync()
    {
        await app.StopAsync();
        await app.DisposeAsync();
    }
}
