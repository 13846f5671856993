using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Patterns;
using Studio.Data.Access;
using Studio.Web.Tests.Support;

namespace Studio.Web.Tests.Api;

/// <summary>What holds for every endpoint of /v1 and /api, whatever it does: found by listing the routes, so a new endpoint is tested the moment it is mapped.</summary>
public sealed class EveryEndpointTests(HostFixture fixture) : IClassFixture<HostFixture>
{
    private static readonly string[] Bodies =
    [
        "", "null", "[]", "{}", "{", "\"text\"", "12", "{\"model\":5}", "{\"model\":\"tiny\",\"messages\":\"x\"}", "{\"model\":\"tiny\",\"messages\":[null]}", "{\"model\":\"tiny\",\"training_file\":{}}",
        "{\"name\":null,\"password\":[],\"role\":99}", "{\"a\":1,\"a\":2}", "{\"base_model_id\":\"x\",\"data\":[{}]}", "{\"base_model_id\":\"x\",\"data\":null,\"recipe\":{\"lora\":{\"r\":\"many\"}}}",
        "{\"model\":\"tiny\",\"messages\":[{\"role\":\"user\",\"content\":\"x\"}],\"temperature\":1e999}", "{\"model\":\"tiny\",\"prompt\":\"x\",\"max_tokens\":-1}", "{\"model\":\"tiny\",\"messages\":[{\"role\":\"user\",\"content\":\"x\"}],\"stop\":{}}",
        "{\"model\":\"tiny\",\"training_file\":\"file-none\",\"method\":{\"type\":\"magic\"}}", "{\"model\":\"tiny\",\"training_file\":\"file-none\",\"hyperparameters\":{\"n_epochs\":\"some\"}}", "{\"model\":\"tiny\",\"training_file\":\"file-none\",\"lora\":{\"rank\":-5}}",
        "{\"model\":\"tiny\",\"training_file\":\"file-none\",\"recipe\":{\"nonsense\":true}}", "{\"rules\":null}", "{\"rules\":[{\"suite\":\"\",\"metric\":\"\",\"direction\":\"at_least\",\"limit\":\"NaN\"}]}", "{\"ids\":[null],\"state\":\"open\"}", "{\"rating\":\"up\",\"messages\":[null],\"answer\":\"x\"}", "{\"messages\":[{\"role\":\"user\",\"content\":\"x\"}],\"answers\":[null]}", "{\"adapter_id\":\"x\",\"alias\":\"../../x\"}", "{\"path\":\"\\u0000\"}", "{\"path\":\"relative\"}", "{\"file_id\":\"none\"}", "{\"name\":\"\\ud800\"}", "\u0001\u0002",
    ];

    [Fact]
    public async Task No_body_whatever_is_answered_with_500()
    {
        using var client = fixture.Host.Client();
        var deep = string.Concat(Enumerable.Repeat("{\"a\":", 200)) + "1" + new string('}', 200);
        List<string> faults = [];
        foreach (var (method, path) in Endpoints())
        {
            foreach (var body in method == "GET" ? [""] : Bodies.Append(deep))
            {
                using var request = new HttpRequestMessage(new HttpMethod(method), path);
                if (method != "GET")
                {
                    request.Content = new StringContent(body, Encoding.UTF8, "application/json");
                }

                HttpResponseMessage answer;
                try
                {
                    answer = await client.SendAsync(request);
                }
                catch (HttpRequestException broken)
                {
                    faults.Add($"{method} {path} with {body}: {broken.InnerException?.Message ?? broken.Message}");
                    continue;
                }

                using var received = answer;
                if ((int)answer.StatusCode is >= 500 and not 503)
                {
                    faults.Add($"{method} {path} with {body}: {(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync()}");
                }
                else if ((int)answer.StatusCode >= 400 && Shape(path, await answer.Content.ReadAsStringAsync(), answer) is { } wrong)
                {
                    faults.Add($"{method} {path} with {body}: {wrong}");
                }
            }
        }

        Assert.Empty(faults);
    }

    [Fact]
    public async Task Other_content_types_are_refused_and_no_answer_shows_a_stack_trace()
    {
        using var client = fixture.Host.Client();
        List<string> faults = [];
        foreach (var (method, path) in Endpoints().Where(e => e.Method is "POST" or "PATCH"))
        {
            foreach (var type in new[] { "text/plain", "application/xml", "multipart/form-data", "multipart/form-data; boundary=x" })
            {
                using var request = new HttpRequestMessage(new HttpMethod(method), path) { Content = new StringContent("--x\r\nbroken") };
                request.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(type);
                using var answer = await client.SendAsync(request);
                var text = await answer.Content.ReadAsStringAsync();
                if ((int)answer.StatusCode >= 500 || text.Contains("   at ", StringComparison.Ordinal) || text.Contains("System.", StringComparison.Ordinal))
                {
                    faults.Add($"{method} {path} as {type}: {(int)answer.StatusCode} {text}");
                }
            }
        }

        Assert.Empty(faults);
    }

    [Fact]
    public async Task Without_a_key_nothing_is_told()
    {
        using var client = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false }) { BaseAddress = fixture.Host.Address };
        List<string> faults = [];
        foreach (var (method, path) in Endpoints().Where(e => !e.Path.StartsWith("/api/session", StringComparison.Ordinal)))
        {
            using var answer = await client.SendAsync(new HttpRequestMessage(new HttpMethod(method), path) { Content = method == "GET" ? null : new StringContent("{}", Encoding.UTF8, "application/json") });
            if (answer.StatusCode != HttpStatusCode.Unauthorized)
            {
                faults.Add($"{method} {path}: {(int)answer.StatusCode}");
            }
        }

        Assert.Empty(faults);
    }

    [Theory]
    [InlineData("GET", "/v1/nowhere", 404)]
    [InlineData("PUT", "/v1/files", 405)]
    [InlineData("GET", "/v1/chat/completions", 405)]
    public async Task Unknown_routes_and_methods_have_the_error_shape(string method, string path, int status)
    {
        using var client = fixture.Host.Client();
        using var answer = await client.SendAsync(new HttpRequestMessage(new HttpMethod(method), path));
        Assert.Equal(status, (int)answer.StatusCode);
        Assert.Null(Shape(path, await answer.Content.ReadAsStringAsync(), answer));
    }

    [Fact]
    public async Task A_viewer_changes_nothing()
    {
        using var client = fixture.Host.Client(Role.Viewer);
        string[] allowed = ["/v1/chat/completions", "/v1/completions", "/api/recipes/validate", "/api/session", "/api/feedback", "/api/passports/verify"];
        List<string> faults = [];
        foreach (var (method, path) in Endpoints().Where(e => e.Method != "GET" && !allowed.Contains(e.Path)))
        {
            using var answer = await client.SendAsync(new HttpRequestMessage(new HttpMethod(method), path) { Content = new StringContent("{}", Encoding.UTF8, "application/json") });
            if (answer.StatusCode != HttpStatusCode.Forbidden)
            {
                faults.Add($"{method} {path}: {(int)answer.StatusCode}");
            }
        }

        Assert.Empty(faults);
    }

    [Fact]
    public async Task A_trainer_neither_deploys_nor_manages_people_and_keys()
    {
        using var client = fixture.Host.Client(Role.Trainer);
        List<string> faults = [];
        foreach (var (method, path) in Endpoints().Where(e => Owned(e.Method, e.Path)))
        {
            using var answer = await client.SendAsync(new HttpRequestMessage(new HttpMethod(method), path) { Content = method == "GET" ? null : new StringContent("{}", Encoding.UTF8, "application/json") });
            if (answer.StatusCode != HttpStatusCode.Forbidden)
            {
                faults.Add($"{method} {path}: {(int)answer.StatusCode}");
            }
        }

        Assert.Empty(faults);
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/api/deployments")).StatusCode);
    }

    [Fact]
    public async Task The_document_describes_every_endpoint_of_Studio()
    {
        using var client = fixture.Host.Client();
        var document = JsonNode.Parse(await client.GetStringAsync("/openapi/v1.json"))!["paths"]!.AsObject();
        Assert.True(document.Count > 40);
        Assert.Contains("/api/datasets", document.Select(p => p.Key));
        Assert.Contains("/v1/fine_tuning/jobs/{id}/events", document.Select(p => p.Key));
    }

    private static bool Owned(string method, string path) =>
        path.StartsWith("/api/keys", StringComparison.Ordinal) || path.StartsWith("/api/users", StringComparison.Ordinal) || path.StartsWith("/api/audit", StringComparison.Ordinal)
        || (method != "GET" && (path.StartsWith("/api/policies/none", StringComparison.Ordinal) && !path.EndsWith("/test", StringComparison.Ordinal))) || path.EndsWith("/override/approve", StringComparison.Ordinal) || path.EndsWith("/override/refuse", StringComparison.Ordinal)
        || (method != "GET" && (path.StartsWith("/api/deployments", StringComparison.Ordinal) || path.StartsWith("/api/base-models", StringComparison.Ordinal)));

    private static string? Shape(string path, string text, HttpResponseMessage answer)
    {
        try
        {
            var body = JsonNode.Parse(text);
            if (path.StartsWith("/v1", StringComparison.Ordinal))
            {
                var error = body?["error"] as JsonObject;
                return error is not null && error["message"] is not null && error["type"] is not null && error.ContainsKey("param") && error.ContainsKey("code") ? null : "not the OpenAI error shape: " + text;
            }

            return answer.Content.Headers.ContentType?.MediaType == "application/problem+json" && body?["status"]?.GetValue<int>() == (int)answer.StatusCode && body["title"] is not null ? null : "not problem+json: " + text;
        }
        catch (System.Text.Json.JsonException)
        {
            return "no JSON: " + text;
        }
    }

    private IReadOnlyList<(string Method, string Path)> Endpoints() =>
    [
        .. fixture.Host.Get<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .Where(e => e.RoutePattern.RawText is { } raw && (raw.StartsWith("/v1", StringComparison.Ordinal) || raw.StartsWith("/api", StringComparison.Ordinal)) && !raw.Contains("**rest", StringComparison.Ordinal))
            .SelectMany(e => e.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods ?? [], (e, method) => (method, Fill(e.RoutePattern))),
    ];

    private static string Fill(RoutePattern pattern) => "/" + string.Join('/', pattern.PathSegments.Select(s => string.Concat(s.Parts.Select(p => p switch
    {
        RoutePatternLiteralPart literal => literal.Content,
        RoutePatternParameterPart { Name: "step" } => "5",
        _ => "none",
    }))));
}
