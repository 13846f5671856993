using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using Studio.Data.Datasets;
using Studio.Web.Tests.Support;

namespace Studio.Web.Tests.Api;

public sealed class UploadsTests(HostFixture fixture) : IClassFixture<HostFixture>
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Fields_come_in_any_order(bool purposeFirst)
    {
        using var client = fixture.Host.Client();
        using var form = new MultipartFormDataContent();
        if (purposeFirst)
        {
            form.Add(new StringContent("fine-tune"), "purpose");
        }

        form.Add(new StringContent("content"), "file", "文件 (1).jsonl");
        if (!purposeFirst)
        {
            form.Add(new StringContent("fine-tune"), "purpose");
        }

        var answer = await client.PostAsync("/v1/files", form);

        var file = await answer.Content.ReadFromJsonAsync<JsonObject>();
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(7, file!["bytes"]!.GetValue<int>());
        Assert.Equal("content", await client.GetStringAsync($"/v1/files/{file["id"]}/content"));
        Assert.Empty(Directory.GetDirectories(fixture.Host.Paths.Scratch));
    }

    [Fact]
    public async Task A_cut_upload_leaves_nothing_behind()
    {
        using var client = fixture.Host.Client();
        var before = fixture.Host.Database.Files.List().Count;
        using var content = new ByteArrayContent(Encoding.UTF8.GetBytes("--x\r\nContent-Disposition: form-data; name=\"purpose\"\r\n\r\nfine-tune\r\n--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.jsonl\"\r\n\r\nhalf a li"));
        content.Headers.ContentType = MediaTypeHeaderValue.Parse("multipart/form-data; boundary=x");

        var answer = await client.PostAsync("/v1/files", content);

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Equal(before, fixture.Host.Database.Files.List().Count);
        Assert.DoesNotContain(Directory.GetFiles(fixture.Host.Paths.Files), f => f.EndsWith(".partial", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("purpose", "holiday")]
    [InlineData("nothing", "else")]
    public async Task A_wrong_or_missing_purpose_is_named(string field, string value)
    {
        using var client = fixture.Host.Client();
        using var form = new MultipartFormDataContent { { new StringContent(value), field }, { new StringContent("x"), "file", "a.jsonl" } };

        var answer = await client.PostAsync("/v1/files", form);

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Equal("purpose", (await answer.Content.ReadFromJsonAsync<JsonObject>())!["error"]!["param"]!.GetValue<string>());
    }

    [Fact]
    public async Task Larger_than_allowed_is_413()
    {
        await using var host = await StudioHost.StartAsync(o => o with { UploadLimitBytes = 1 << 20 });
        using var client = host.Client();
        using var form = new MultipartFormDataContent { { new StringContent("fine-tune"), "purpose" }, { new ByteArrayContent(new byte[3 << 20]), "file", "big.jsonl" } };

        var answer = await client.PostAsync("/v1/files", form);

        Assert.True(answer.StatusCode is HttpStatusCode.RequestEntityTooLarge or HttpStatusCode.BadRequest, answer.StatusCode.ToString());
        Assert.Contains("large", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Empty(host.Database.Files.List());
        Assert.Empty(Directory.GetFiles(host.Paths.Files));
    }

    [Fact]
    public async Task A_dataset_is_imported_and_read()
    {
        var host = fixture.Host;
        using var client = host.Client();
        using var form = new MultipartFormDataContent { { new StringContent(StudioHost.Examples(5) + "{\"messages\":[]}\n"), "file", "five.jsonl" }, { new StringContent("Five"), "name" } };

        var answer = await client.PostAsync("/api/datasets", form);

        Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);
        var versionId = (await answer.Content.ReadFromJsonAsync<JsonObject>())!["versions"]![0]!["id"]!.GetValue<string>();
        await host.UntilAsync(host.Database.DatasetVersions, () => host.Database.DatasetVersions.Get(versionId)?.State == DatasetState.Ready);
        var rows = JsonNode.Parse(await client.GetStringAsync($"/api/datasets/versions/{versionId}/rows?limit=2"))!;
        Assert.Equal(2, rows["rows"]!.AsArray().Count);
        var problems = JsonNode.Parse(await client.GetStringAsync($"/api/datasets/versions/{versionId}/problems"))!;
        Assert.Equal(6, problems["problems"]![0]!["line"]!.GetValue<int>());
        var datasetId = host.Database.DatasetVersions.Get(versionId)!.DatasetId;
        Assert.Equal(HttpStatusCode.NoContent, (await client.DeleteAsync($"/api/datasets/{datasetId}")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await client.GetAsync($"/api/datasets/{datasetId}")).StatusCode);
    }
}
