using System.Text.Json;
using System.Text.Json.Nodes;
using Studio.Data;
using Studio.Data.Jobs;
using Studio.Data.Registry;
using Studio.Web.Jobs;

namespace Studio.Web.Pages.Train;

/// <summary>The same run for those who would rather write it: as a request, a program, a command line, or the recipe alone.</summary>
public static class RequestSnippets
{
    private static readonly JsonSerializerOptions Inside = new(StudioJson.Indented);

    /// <param name="address">Root of this Studio, without a slash at the end.</param>
    public static string Curl(JobRequest request, string address) =>
        $"""
        curl {address}/api/jobs \
          -H "Authorization: Bearer $STUDIO_KEY" \
          -H "Content-Type: application/json" \
          -d @- <<'JSON'
        {Body(request)}
        JSON
        """;

    public static string CSharp(JobRequest request, string address) =>
        $$""""
        using System.Net.Http.Headers;
        using System.Text;

        using var http = new HttpClient { BaseAddress = new Uri("{{address}}") };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Environment.GetEnvironmentVariable("STUDIO_KEY"));
        var run = """
        {{Body(request)}}
        """;
        using var answer = await http.PostAsync("/api/jobs", new StringContent(run, Encoding.UTF8, "application/json"));
        Console.WriteLine(await answer.Content.ReadAsStringAsync());
        """";

    /// <summary>Without Studio's server: a job folder made by hand, trained by the trainer alone.</summary>
    /// <param name="rows">Files of normalised examples.</param>
    public static string CommandLine(JobRequest request, BaseModel model, IReadOnlyList<string> rows)
    {
        var spec = new JobSpec
        {
            JobId = "my-run",
            Name = request.Name.Length > 0 ? request.Name : "my-run",
            BaseModel = model.ToReference(),
            Recipe = request.Recipe,
        };
        return $"""
            mkdir -p my-run/data
            cat {string.Join(' ', rows.Select(Quote))} > my-run/data/train.jsonl
            cat > my-run/spec.json <<'JSON'
            {JsonSerializer.Serialize(spec, Inside)}
            JSON
            dotnet Studio.Training.dll train my-run
            """;
    }

    public static string Recipe(JobRequest request) => JsonSerializer.Serialize(request.Recipe, Inside);

    private static string Body(JobRequest request)
    {
        var body = new JsonObject
        {
            ["name"] = request.Name,
            ["base_model_id"] = request.BaseModelId,
            ["data"] = JsonSerializer.SerializeToNode(request.Data, StudioJson.Options),
            ["validation_version_id"] = request.ValidationVersionId,
            ["start_adapter_id"] = request.StartAdapterId,
            ["suffix"] = request.Suffix,
            ["recipe"] = JsonSerializer.SerializeToNode(request.Recipe, StudioJson.Options),
        };
        foreach (var empty in body.Where(p => p.Value is null).Select(p => p.Key).ToList())
        {
            body.Remove(empty);
        }

        return body.ToJsonString(Inside);
    }

    private static string Quote(string path) => path.All(c => char.IsLetterOrDigit(c) || c is '/' or '.' or '-' or '_') ? path : $"'{path.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}
