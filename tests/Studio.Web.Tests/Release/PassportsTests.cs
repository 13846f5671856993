using System.IO.Compression;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Studio.Data.Evaluation;
using Studio.Data.Registry;
using Studio.Web.Release;
using Studio.Web.Tests.Support;

namespace Studio.Web.Tests.Release;

public sealed class PassportsTests(HostFixture fixture) : IClassFixture<HostFixture>
{
    private StudioHost Host => fixture.Host;

    [Fact]
    public async Task Every_adapter_has_a_passport_that_travels_with_its_zip()
    {
        using var client = Host.Client();
        var adapter = await ReleaseGateTests.TrainAsync(Host, client, "travels");
        var dataset = Host.Database.Datasets.List(d => d.LatestVersionId == adapter.DatasetVersionIds[0]).Single();
        await client.PatchAsJsonAsync($"/api/datasets/{dataset.Id}", new { licence = "CC-BY-4.0" });
        ReleaseGateTests.Evaluate(Host, adapter, new Measure("last_word", "accuracy", 0.61, 500) { BaseValue = 0.62 });
        Assert.True(Host.Get<Passports>().Renew(adapter.Id));

        var zip = await client.GetByteArrayAsync($"/api/adapters/{adapter.Id}/download");
        var pem = await client.GetStringAsync("/api/passport-key");
        var check = Passport.VerifyZip(new MemoryStream(zip), PassportKey.ReadPublic(pem));
        Assert.True(check.Holds);
        var passport = check.Passport!;
        Assert.Equal((adapter.Id, adapter.BaseSha256, "travels"), (passport.AdapterId, passport.BaseModel.Sha256, Host.Database.Jobs.Get(passport.Lineage.JobId)!.Name));
        Assert.Equal("tiny.gguf", passport.BaseModel.Path);
        var source = Assert.Single(passport.Data);
        Assert.Equal(("CC-BY-4.0", 12, "key test"), (source.Reference.Licence, source.Reference.Rows, source.UploadedBy));
        Assert.Equal(64, source.Reference.ContentSha256.Length);
        Assert.Equal(0.61, Assert.Single(passport.Scorecard).Value);
        Assert.True(passport.Verdict!.Passed);
        Assert.Equal(["adapter_config.json", "adapter_model.safetensors"], passport.Files.Keys.Order());
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync($"/api/adapters/{adapter.Id}/export/merged")).StatusCode);
        Assert.True(Passport.Verify(Host.Paths.Export($"{adapter.Id}-merged"), PassportKey.ReadPublic(pem)) is { Holds: true, Passport.Format: "merged" });
    }

    [Fact]
    public async Task A_zip_is_checked_and_every_change_is_named()
    {
        using var client = Host.Client();
        var adapter = await ReleaseGateTests.TrainAsync(Host, client, "changed");
        var zip = await client.GetByteArrayAsync($"/api/adapters/{adapter.Id}/download");
        Assert.True((await VerifyAsync(client, zip))["holds"]!.GetValue<bool>());

        var tampered = await VerifyAsync(client, Tamper(zip));
        Assert.False(tampered["holds"]!.GetValue<bool>());
        Assert.Equal(["adapter_config.json missing", "adapter_model.safetensors changed", "evil.bin added"], tampered["changes"]!.AsArray().Select(c => $"{c!["file"]} {c["what"]}"));

        using var text = new MultipartFormDataContent { { new StringContent("no zip"), "file", "x.zip" } };
        Assert.Equal(HttpStatusCode.BadRequest, (await client.PostAsync("/api/passports/verify", text)).StatusCode);
        using var badKey = new MultipartFormDataContent { { new StringContent("nonsense"), "key" }, { new ByteArrayContent(zip), "file", "x.zip" } };
        Assert.Equal(HttpStatusCode.BadRequest, (await client.PostAsync("/api/passports/verify", badKey)).StatusCode);
        Assert.Empty(Directory.GetDirectories(Host.Paths.Scratch, "verify-*"));
    }

    [Fact]
    public async Task A_folder_that_somebody_changed_is_never_signed_again()
    {
        using var client = Host.Client();
        var adapter = await ReleaseGateTests.TrainAsync(Host, client, "touched");
        await File.AppendAllTextAsync(Path.Combine(Host.Paths.Resolve(adapter.Folder), "adapter_model.safetensors"), "!");
        ReleaseGateTests.Evaluate(Host, adapter, new Measure("last_word", "accuracy", 0.61, 500) { BaseValue = 0.62 });
        Assert.False(Host.Get<Passports>().Renew(adapter.Id));
        var check = (await client.GetFromJsonAsync<JsonObject>($"/api/adapters/{adapter.Id}/passport/check"))!;
        Assert.Equal("adapter_model.safetensors", Assert.Single(check["changes"]!.AsArray())!["file"]!.GetValue<string>());
    }

    [Fact]
    public void The_private_key_is_for_this_user_alone()
    {
        Assert.NotEmpty(Host.Get<Passports>().PublicKey);
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Host.Paths.PassportKey));
        }
    }

    private static async Task<JsonObject> VerifyAsync(HttpClient client, byte[] zip)
    {
        using var form = new MultipartFormDataContent { { new ByteArrayContent(zip), "file", "adapter.zip" } };
        var answer = await client.PostAsync("/api/passports/verify", form);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return (await answer.Content.ReadFromJsonAsync<JsonObject>())!;
    }

    private static byte[] Tamper(byte[] zip)
    {
        using var memory = new MemoryStream();
        memory.Write(zip);
        using (var archive = new ZipArchive(memory, ZipArchiveMode.Update, leaveOpen: true))
        {
            using (var weights = new StreamWriter(archive.GetEntry("adapter_model.safetensors")!.Open()))
            {
                weights.Write("other");
            }

            archive.GetEntry("adapter_config.json")!.Delete();
            using var added = new StreamWriter(archive.CreateEntry("evil.bin").Open());
            added.Write("x");
        }

        return memory.ToArray();
    }
}
