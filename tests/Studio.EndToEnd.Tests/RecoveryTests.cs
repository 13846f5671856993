using System.Text.Json.Nodes;
using Studio.Testing;

namespace Studio.EndToEnd.Tests;

/// <summary>Nothing is lost when processes are killed.</summary>
[Trait("Speed", "Slow")]
public sealed class RecoveryTests
{
    [SkippableFact]
    public async Task A_killed_host_goes_on_with_the_job_from_its_newest_checkpoint()
    {
        await using var host = await StudioHost.StartAsync("--local-trial");
        var version = await host.UploadDatasetAsync(RepositoryRoot.Under("samples", "datasets", "company-facts.en.jsonl"), "facts");
        var model = (await host.GetAsync("/api/base-models"))[0]!["id"]!.DeepClone();
        var job = await host.PostAsync("/api/jobs", new JsonObject
        {
            ["name"] = "killed",
            ["base_model_id"] = model,
            ["data"] = new JsonArray { new JsonObject { ["dataset_version_id"] = version, ["weight"] = 1 } },
            ["recipe"] = new JsonObject
            {
                ["optimization"] = new JsonObject { ["max_steps"] = 24, ["per_device_train_batch_size"] = 1 },
                ["data"] = new JsonObject { ["max_length"] = 128 },
                ["evaluation"] = new JsonObject { ["sample_count"] = 0, ["eval_steps"] = 100 },
                ["checkpoints"] = new JsonObject { ["save_steps"] = 4 },
            },
        });
        var id = (string)job["id"]!;
        await host.WaitForJobAsync(id, j => (int?)j["progress"]?["step"] >= 6, TimeSpan.FromMinutes(8));
        await host.KillAsync();

        await host.RunAsync();
        var done = await host.WaitForJobAsync(id, j => (string?)j["state"] == "succeeded", TimeSpan.FromMinutes(10));
        Assert.NotNull((string?)done["adapter_id"]);
        var events = await File.ReadAllLinesAsync(Path.Combine(host.DataFolder, "jobs", id, "events.jsonl"));
        var steps = events.Select(e => JsonNode.Parse(e)!).Where(e => (string?)e["type"] == "metrics").Select(e => (int)e["step"]!).ToList();
        Assert.Equal(Enumerable.Range(1, 24), steps.Distinct().Order());
        // It went on from a checkpoint: the second process did not begin at step 1.
        Assert.Equal(1, steps.Count(s => s == 1));
    }
}
