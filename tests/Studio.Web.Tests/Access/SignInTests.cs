using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Time.Testing;
using Studio.Data.Access;
using Studio.Data.Store.Lite;
using Studio.Web.Access;
using Studio.Web.Tests.Support;

namespace Studio.Web.Tests.Access;

public sealed class SignInTests(HostFixture fixture) : IClassFixture<HostFixture>
{
    private const string Password = "correct horse battery";

    [Fact]
    public async Task A_browser_changes_something_only_with_its_token_and_from_a_page_of_this_host()
    {
        var host = fixture.Host;
        host.Get<Accounts>().Create("anna", Password, Role.Trainer, "test");
        using var browser = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false }) { BaseAddress = host.Address };
        Assert.Equal(HttpStatusCode.Unauthorized, (await browser.GetAsync("/api/machine")).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await browser.PostAsJsonAsync("/api/session", new { name = "anna", password = "wrong" })).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await browser.PostAsJsonAsync("/api/session", new { name = "Anna", password = Password })).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await browser.GetAsync("/api/machine")).StatusCode);

        // The cookie is not for /v1, which other sites' scripts could otherwise reach.
        Assert.Equal(HttpStatusCode.Unauthorized, (await browser.GetAsync("/v1/models")).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await browser.PostAsJsonAsync("/api/recipes/validate", new { })).StatusCode);

        var token = await browser.GetFromJsonAsync<JsonObject>("/api/antiforgery");
        browser.DefaultRequestHeaders.Add(token!["header"]!.GetValue<string>(), token["token"]!.GetValue<string>());
        Assert.Equal(HttpStatusCode.OK, (await browser.PostAsJsonAsync("/api/recipes/validate", new { })).StatusCode);

        browser.DefaultRequestHeaders.Add("Origin", "http://evil.example");
        Assert.Equal(HttpStatusCode.Forbidden, (await browser.PostAsJsonAsync("/api/recipes/validate", new { })).StatusCode);
    }

    [Fact]
    public async Task A_new_role_or_password_ends_older_cookies()
    {
        var host = fixture.Host;
        var accounts = host.Get<Accounts>();
        var user = accounts.Create("ben", Password, Role.Trainer, "test").Value;
        using var browser = new HttpClient { BaseAddress = host.Address };
        await browser.PostAsJsonAsync("/api/session", new { name = "ben", password = Password });
        Assert.Equal(HttpStatusCode.OK, (await browser.GetAsync("/api/session")).StatusCode);

        accounts.ChangeRole(user.Id, Role.Viewer, "test");

        Assert.Equal(HttpStatusCode.Unauthorized, (await browser.GetAsync("/api/session")).StatusCode);
    }

    [Fact]
    public async Task Other_host_names_are_refused_on_loopback()
    {
        using var client = fixture.Host.Client();
        client.DefaultRequestHeaders.Host = "studio.evil.example";
        Assert.Equal(HttpStatusCode.MisdirectedRequest, (await client.GetAsync("/api/machine")).StatusCode);
    }

    [Fact]
    public async Task Answers_carry_a_policy_without_inline_scripts()
    {
        using var client = new HttpClient { BaseAddress = fixture.Host.Address };
        foreach (var path in new[] { "/", "/health/live", "/v1/models" })
        {
            var answer = await client.GetAsync(path);
            var policy = answer.Headers.GetValues("Content-Security-Policy").Single();
            Assert.Contains("script-src 'self';", policy, StringComparison.Ordinal);
            Assert.Contains("frame-ancestors 'none'", policy, StringComparison.Ordinal);
            Assert.Equal("nosniff", answer.Headers.GetValues("X-Content-Type-Options").Single());
        }
    }

    [Fact]
    public async Task The_dashboard_of_the_queue_is_for_owners()
    {
        using var trainer = fixture.Host.Client(Role.Trainer);
        using var owner = fixture.Host.Client();
        Assert.Equal(HttpStatusCode.Forbidden, (await trainer.GetAsync("/hangfire")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await owner.GetAsync("/hangfire")).StatusCode);
    }

    [Fact]
    public async Task Health_is_open_and_numbers_are_not()
    {
        using var stranger = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false }) { BaseAddress = fixture.Host.Address };
        Assert.Equal(HttpStatusCode.OK, (await stranger.GetAsync("/health/live")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await stranger.GetAsync("/health/ready")).StatusCode);
        Assert.NotEqual(HttpStatusCode.OK, (await stranger.GetAsync("/metrics")).StatusCode);
        using var viewer = fixture.Host.Client(Role.Viewer);
        Assert.Contains("studio_adapters", await viewer.GetStringAsync("/metrics"), StringComparison.Ordinal);
    }

    [Fact]
    public void Several_wrong_passwords_lock_the_account_for_a_while()
    {
        var (accounts, _, time, _) = New();
        accounts.CreateOwner(accounts.SetupToken(), "olga", Password);
        for (var i = 0; i < Accounts.FailuresBeforeLock; i++)
        {
            Assert.False(accounts.SignIn("olga", "wrong password").Succeeded);
        }

        Assert.Equal("locked", accounts.SignIn("olga", Password).Problems[0].Rule);
        time.Advance(Accounts.LockTime + TimeSpan.FromSeconds(1));
        Assert.True(accounts.SignIn("olga", Password).Succeeded);
    }

    [Fact]
    public void The_link_makes_one_owner_once()
    {
        var (accounts, _, _, _) = New();
        var token = accounts.SetupToken();
        Assert.False(accounts.CreateOwner("wrong", "eve", Password).Succeeded);
        Assert.False(accounts.CreateOwner(token, "olga", "short").Succeeded);
        Assert.True(accounts.CreateOwner(token, "olga", Password).Succeeded);
        Assert.False(accounts.CreateOwner(token, "eve", Password).Succeeded);
        Assert.Null(accounts.SetupToken());
        Assert.False(accounts.Delete(accounts.List()[0].Id, "olga").Succeeded);
        Assert.False(accounts.ChangeRole(accounts.List()[0].Id, Role.Viewer, "olga").Succeeded);
    }

    [Fact]
    public void Keys_are_kept_as_hashes_end_and_are_revoked()
    {
        var (_, keys, time, database) = New();
        var (record, key) = keys.Create("ci", Role.Trainer, null, TimeSpan.FromDays(1), "test").Value;
        Assert.StartsWith("sk-", key, StringComparison.Ordinal);
        Assert.Equal(67, key.Length);
        Assert.DoesNotContain(key, Data.StudioJson.Serialize(database.ApiKeys.Get(record.Id)), StringComparison.Ordinal);
        Assert.Equal(record.Id, keys.Authenticate(key)?.Id);
        Assert.Null(keys.Authenticate(key[..^1] + (key[^1] == '0' ? '1' : '0')));
        time.Advance(TimeSpan.FromDays(2));
        Assert.Null(keys.Authenticate(key));
        var second = keys.Create("ci", Role.Trainer, null, null, "test").Value;
        Assert.True(keys.Revoke(second.Record.Id, "test").Succeeded);
        Assert.Null(keys.Authenticate(second.Key));
    }

    private static (Accounts Accounts, KeyRing Keys, FakeTimeProvider Time, Data.Store.StudioDatabase Database) New()
    {
        var time = new FakeTimeProvider();
        var database = LiteStudioDatabase.Open(Path.Combine(Directory.CreateTempSubdirectory("studio-access-").FullName, "store.db"), time);
        var audit = new AuditLog(database, time);
        return (new Accounts(database, audit, time), new KeyRing(database, audit, time), time, database);
    }
}
