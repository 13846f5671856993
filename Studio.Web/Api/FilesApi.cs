using System.Text.Json.Nodes;
using Studio.Data.Datasets;
using Studio.Data.Jobs;
using Studio.Data.Store;
using Studio.Web.Access;

namespace Studio.Web.Api;

/// <summary><c>/v1/files</c>.</summary>
public static class FilesApi
{
    private const int MostFiles = 10_000;

    public static void MapFiles(this RouteGroupBuilder v1)
    {
        var files = v1.MapGroup("/files").WithTags("Files");
        files.MapPost("", async (HttpContext context, Uploads uploads) => OpenAiLists.Json(Shape((await uploads.ReceiveAsync(context, purpose: null)).File)))
            .RequireAuthorization(AccessNames.Trainer).WithSummary("Upload a file (multipart: purpose, file)");

        files.MapGet("", (HttpRequest request, StudioDatabase database) =>
        {
            var limit = OpenAiLists.Limit(request, MostFiles, MostFiles);
            var after = OpenAiLists.After(request, id => database.Files.Get(id) is not null);
            var purpose = request.Query["purpose"].ToString();
            var newestFirst = request.Query["order"].ToString() switch
            {
                "" or "desc" => true,
                "asc" => false,
                _ => throw RequestException.Invalid("order", "'order' must be 'asc' or 'desc'."),
            };
            return OpenAiLists.Json(OpenAiLists.Page([.. database.Files.List(f => purpose.Length == 0 || f.Purpose == purpose, newestFirst, after, limit + 1).Select(Shape)], limit));
        }).RequireAuthorization(AccessNames.Viewer).WithSummary("List files");

        files.MapGet("/{id}", (string id, StudioDatabase database) => OpenAiLists.Json(Shape(Find(id, database))))
            .RequireAuthorization(AccessNames.Viewer).WithSummary("Get a file");

        files.MapGet("/{id}/content", (string id, StudioDatabase database, DatasetLibrary datasets) =>
        {
            var file = Find(id, database);
            return Results.Stream(datasets.OpenFile(id), "application/octet-stream", file.FileName, enableRangeProcessing: false);
        }).RequireAuthorization(AccessNames.Viewer).WithSummary("Download a file");

        files.MapDelete("/{id}", (string id, StudioDatabase database, DatasetLibrary datasets) =>
        {
            Find(id, database);
            if (database.Jobs.List(j => j.State == JobState.Validating && (j.TrainingFileId == id || j.ValidationFileId == id), limit: 1) is [var job])
            {
                throw new RequestException(409, "file_in_use", $"The job {job.Id} is reading this file.");
            }

            datasets.DeleteFile(id);
            return OpenAiLists.Json(new JsonObject { ["id"] = id, ["object"] = "file", ["deleted"] = true });
        }).RequireAuthorization(AccessNames.Trainer).WithSummary("Delete a file");
    }

    private static UploadedFile Find(string id, StudioDatabase database) =>
        database.Files.Get(id) ?? throw new RequestException(404, "file_not_found", $"No such File object: {id}") { Param = "id" };

    // A file that was not imported yet can be used all the same: for clients that wait, it is processed.
    private static JsonObject Shape(UploadedFile file) => new()
    {
        ["id"] = file.Id,
        ["object"] = "file",
        ["bytes"] = file.Bytes,
        ["created_at"] = OpenAiLists.Unix(file.CreatedAt),
        ["expires_at"] = null,
        ["filename"] = file.FileName,
        ["purpose"] = file.Purpose,
        ["status"] = file.Status == "error" ? "error" : "processed",
        ["status_details"] = file.StatusDetails,
    };
}
