using System.Security.Claims;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.HttpResults;
using Studio.Data.Registry;
using Studio.Web.Access;
using Studio.Web.Registry;
using Studio.Web.Serving;

namespace Studio.Web.Api;

/// <summary><c>/api/adapters</c>.</summary>
public static class AdaptersApi
{
    public static void MapAdapters(this RouteGroupBuilder api)
    {
        var adapters = api.MapGroup("/adapters").WithTags("Adapters");

        adapters.MapGet("", (AdapterLibrary library, string? after, int? limit) => TypedResults.Ok(library.List(after: after, limit: Answers.Size(limit))))
            .RequireAuthorization(AccessNames.Viewer).WithSummary("List adapters, newest first");

        adapters.MapGet("/{id}", Results<Ok<Adapter>, ProblemHttpResult> (string id, AdapterLibrary library) => library.Get(id) is { } adapter ? TypedResults.Ok(adapter) : Answers.Missing("adapter", id))
            .RequireAuthorization(AccessNames.Viewer).WithSummary("An adapter");

        adapters.MapGet("/{id}/download", (string id, HttpContext context, AdapterLibrary library, CancellationToken cancellation) =>
        {
            var adapter = library.Get(id) ?? throw Answers.NotFound("adapter", id);
            AllowZip(context);
            return Results.Stream(body => library.WriteZipAsync(id, body, cancellation), "application/zip", $"{ModelNames.Word(adapter.Name)}-v{adapter.Version}.zip");
        }).RequireAuthorization(AccessNames.Viewer).WithSummary("The PEFT folder as a zip").Produces(200, contentType: "application/zip");

        adapters.MapGet("/{id}/export/{format}", async Task<IResult> (string id, string format, HttpContext context, AdapterLibrary library, CancellationToken cancellation) =>
        {
            var exported = await library.ExportAsync(id, format, cancellation);
            if (!exported.Succeeded)
            {
                return Answers.Refused(exported.Problems);
            }

            AllowZip(context);
            var adapter = library.Get(id)!;
            var name = $"{ModelNames.Word(adapter.Name)}-v{adapter.Version}-{format}";
            return Directory.Exists(exported.Value)
                ? Results.Stream(body => AdapterLibrary.ZipFolderAsync(exported.Value, body, adapter.CreatedAt, cancellation), "application/zip", name + ".zip")
                : Results.File(exported.Value, "application/octet-stream", name + Ending(exported.Value));
        }).RequireAuthorization(AccessNames.Viewer).WithSummary("Write the adapter in a format (peft, merged) and download it");

        adapters.MapDelete("/{id}", async Task<Results<NoContent, ProblemHttpResult>> (string id, ClaimsPrincipal user, AdapterLibrary library, LocalWorkers workers, CancellationToken cancellation) =>
        {
            var deleted = library.Delete(id, user.Actor());
            if (deleted.Succeeded)
            {
                await workers.UnloadAsync(id, cancellation);
            }

            return Answers.Gone(deleted);
        }).RequireAuthorization(AccessNames.Trainer).WithSummary("Delete an adapter that no endpoint uses");
    }

    // The archive class still writes the ends of its entries synchronously, a few bytes each.
    private static void AllowZip(HttpContext context)
    {
        if (context.Features.Get<IHttpBodyControlFeature>() is { } control)
        {
            control.AllowSynchronousIO = true;
        }
    }

    // What the trainer wrote says what it is: zip archives begin with PK.
    private static string Ending(string path)
    {
        using var file = File.OpenRead(path);
        return file.ReadByte() == 'P' && file.ReadByte() == 'K' ? ".zip" : ".safetensors";
    }
}
