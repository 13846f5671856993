using System.ComponentModel;
using System.Security.Claims;
using Microsoft.AspNetCore.Http.HttpResults;
using Studio.Data.Datasets;
using Studio.Data.Jobs;
using Studio.Data.Store;
using Studio.Web.Access;
using Studio.Web.Jobs;

namespace Studio.Web.Api;

/// <summary>A dataset with its versions, newest first.</summary>
public sealed record DatasetView(Dataset Dataset, IReadOnlyList<DatasetVersion> Versions);

/// <summary>Imports a file that was uploaded before.</summary>
public sealed record DatasetFromFile(string FileId)
{
    public string? DatasetId { get; init; }

    public string? Name { get; init; }

    public string? Format { get; init; }

    public IReadOnlyDictionary<string, string>? Columns { get; init; }

    /// <summary>Licence of the data, for passports; null leaves the dataset's as it is.</summary>
    public string? Licence { get; init; }
}

/// <summary>The format and columns to read a version with.</summary>
public sealed record DatasetChoice(string? Format = null, IReadOnlyDictionary<string, string>? Columns = null);

/// <summary>The rule whose rows a new version leaves out.</summary>
public sealed record DatasetExclusion(string Rule);

/// <summary>Labels of a dataset; null leaves one as it is.</summary>
public sealed record DatasetLabels(string? Name = null, string? Description = null, string? Licence = null);

/// <summary><c>/api/datasets</c>.</summary>
public static class DatasetsApi
{
    public static void MapDatasets(this RouteGroupBuilder api)
    {
        var datasets = api.MapGroup("/datasets").WithTags("Datasets");

        datasets.MapPost("", async (HttpContext context, Uploads uploads, DatasetLibrary library, JobQueue queue, StudioDatabase database, AuditLog audit) =>
        {
            var (file, fields) = await uploads.ReceiveAsync(context, "fine-tune");
            string? Field(string name) => fields.TryGetValue(name, out var value) && value.Length > 0 ? value : null;
            return Begin(new DatasetFromFile(file.Id) { DatasetId = Field("dataset_id"), Name = Field("name"), Format = Field("format"), Licence = Field("licence") }, context.User, library, queue, database, audit);
        }).RequireAuthorization(AccessNames.Trainer).WithSummary("Upload a file (multipart field file; optional name, dataset_id, format, licence) and import it");

        datasets.MapPost("/import", (DatasetFromFile body, ClaimsPrincipal user, DatasetLibrary library, JobQueue queue, StudioDatabase database, AuditLog audit) => Begin(body, user, library, queue, database, audit))
            .RequireAuthorization(AccessNames.Trainer).WithSummary("Import an uploaded file as a new version");

        datasets.MapGet("", (StudioDatabase database, string? after, int? limit) => TypedResults.Ok(database.Datasets.List(after: after, limit: Answers.Size(limit))))
            .RequireAuthorization(AccessNames.Viewer).WithSummary("List datasets, newest first");

        datasets.MapGet("/{id}", Results<Ok<DatasetView>, ProblemHttpResult> (string id, StudioDatabase database, DatasetLibrary library) =>
            database.Datasets.Get(id) is { } dataset ? TypedResults.Ok(new DatasetView(dataset, library.Versions(id))) : Answers.Missing("dataset", id))
            .RequireAuthorization(AccessNames.Viewer).WithSummary("A dataset with its versions");

        datasets.MapPatch("/{id}", (string id, DatasetLabels body, DatasetLibrary library) => TypedResults.Ok(library.Describe(id, body.Name, body.Description, body.Licence)))
            .RequireAuthorization(AccessNames.Trainer).WithSummary("Change name, description or licence");

        datasets.MapDelete("/{id}", Results<NoContent, ProblemHttpResult> (string id, ClaimsPrincipal user, StudioDatabase database, DatasetLibrary library, AuditLog audit) =>
        {
            if (database.Datasets.Get(id) is not { } dataset)
            {
                return Answers.Missing("dataset", id);
            }

            var versions = library.Versions(id).Select(v => v.Id).ToHashSet();
            if (database.Jobs.List(j => !j.State.IsFinal() && j.Data.Any(d => versions.Contains(d.DatasetVersionId)), limit: 1) is [var job])
            {
                return Answers.Refused([Refusals.Conflicting($"The job \"{job.Name}\" uses this dataset and has not ended.", "Wait for it or cancel it.")]);
            }

            library.Delete(id);
            audit.Write(user.Actor(), "dataset.deleted", id, dataset.Name);
            return TypedResults.NoContent();
        }).RequireAuthorization(AccessNames.Trainer).WithSummary("Delete a dataset with all versions");

        datasets.MapGet("/versions/{id}", Results<Ok<DatasetVersion>, ProblemHttpResult> (string id, StudioDatabase database) =>
            database.DatasetVersions.Get(id) is { } version ? TypedResults.Ok(version) : Answers.Missing("dataset version", id))
            .RequireAuthorization(AccessNames.Viewer).WithSummary("A version: state, counts, statistics");

        datasets.MapGet("/versions/{id}/rows", (string id, DatasetLibrary library, long? offset, int? limit, [Description("Only rows that hold this text")] string? search) =>
            TypedResults.Ok(library.Rows(id, offset ?? 0, Answers.Size(limit), string.IsNullOrEmpty(search) ? null : search)))
            .RequireAuthorization(AccessNames.Viewer).WithSummary("A page of normalised examples");

        datasets.MapGet("/versions/{id}/rows/export", (string id, DatasetLibrary library, CancellationToken cancellation) =>
            TypedResults.Stream(stream => library.ExportRowsAsync(id, stream, cancellation), "application/jsonl", $"{id}.jsonl"))
            .RequireAuthorization(AccessNames.Viewer).WithSummary("All rows of a version as JSON lines, in the format its kind is exchanged in");

        datasets.MapGet("/versions/{id}/problems/export", (string id, string? rule, DatasetLibrary library, CancellationToken cancellation) =>
            TypedResults.Stream(stream => library.ExportProblemsAsync(id, string.IsNullOrEmpty(rule) ? null : rule, stream, cancellation), "text/csv", $"{id}-problems.csv"))
            .RequireAuthorization(AccessNames.Viewer).WithSummary("The problems of a version as a table, of one rule or of all");

        datasets.MapPost("/versions/{id}/exclude", async (string id, DatasetExclusion body, ClaimsPrincipal user, DatasetLibrary library, AuditLog audit, CancellationToken cancellation) =>
        {
            var version = await library.ExcludeAsync(id, body.Rule, user.UserId(), cancellation);
            audit.Write(user.Actor(), "dataset.excluded", version.DatasetId, body.Rule);
            return TypedResults.Created($"/api/datasets/versions/{version.Id}", version);
        }).RequireAuthorization(AccessNames.Trainer).WithSummary("A new version without the rows that break a rule");

        datasets.MapGet("/versions/{id}/problems", (string id, DatasetLibrary library, long? offset, int? limit, string? rule) =>
            TypedResults.Ok(library.Problems(id, offset ?? 0, Answers.Size(limit), string.IsNullOrEmpty(rule) ? null : rule)))
            .RequireAuthorization(AccessNames.Viewer).WithSummary("A page of problems, each with place and remedy");

        datasets.MapPost("/versions/{id}/choice", Results<Accepted<DatasetVersion>, ProblemHttpResult> (string id, DatasetChoice body, StudioDatabase database, DatasetLibrary library, JobQueue queue) =>
        {
            if (database.DatasetVersions.Get(id) is not { } version)
            {
                return Answers.Missing("dataset version", id);
            }

            if (version.State == DatasetState.Importing)
            {
                return Answers.Refused([Refusals.Conflicting("The version is being imported.", "Wait until the import has ended.")]);
            }

            // A version is immutable: where it is ready, another choice makes a new one.
            var begun = library.BeginImport(version.FileId, version.DatasetId, null);
            queue.EnqueueImport(begun.Id, new ImportChoice(body.Format, body.Columns));
            return TypedResults.Accepted($"/api/datasets/versions/{begun.Id}", begun);
        }).RequireAuthorization(AccessNames.Trainer).WithSummary("Read a version with a chosen format and columns");
    }

    private static Accepted<DatasetView> Begin(DatasetFromFile body, ClaimsPrincipal user, DatasetLibrary library, JobQueue queue, StudioDatabase database, AuditLog audit)
    {
        var version = library.BeginImport(body.FileId, body.DatasetId, body.Name);
        queue.EnqueueImport(version.Id, new ImportChoice(body.Format, body.Columns));
        if (!string.IsNullOrWhiteSpace(body.Licence))
        {
            library.Describe(version.DatasetId, null, null, body.Licence.Trim());
        }

        audit.Write(user.Actor(), "dataset.imported", version.DatasetId, version.FileName);
        return TypedResults.Accepted($"/api/datasets/{version.DatasetId}", new DatasetView(database.Datasets.Get(version.DatasetId)!, [version]));
    }
}
