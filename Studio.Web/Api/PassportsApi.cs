using Microsoft.AspNetCore.Http.HttpResults;
using Studio.Data.Registry;
using Studio.Web.Access;
using Studio.Web.Registry;
using Studio.Web.Release;

namespace Studio.Web.Api;

/// <summary>Passports: the public key, the passport of an adapter, and the check of a zip.</summary>
public static class PassportsApi
{
    public static void MapPassports(this RouteGroupBuilder api)
    {
        api.MapGet("/passport-key", (Passports passports) => Results.File(System.Text.Encoding.ASCII.GetBytes(passports.PublicPem), "application/x-pem-file", "studio-passport-key.pem"))
            .RequireAuthorization(AccessNames.Viewer).WithTags("Passports").WithSummary("The public key that checks the passports of this Studio").Produces(200, contentType: "application/x-pem-file");

        api.MapGet("/adapters/{id}/passport", (string id, AdapterLibrary library) =>
        {
            var adapter = library.Get(id) ?? throw Answers.NotFound("adapter", id);
            var file = Path.Combine(library.Folder(adapter), Passport.FileName);
            return File.Exists(file) ? Results.File(file, "application/json", Passport.FileName) : throw Answers.NotFound("passport of", id);
        }).RequireAuthorization(AccessNames.Viewer).WithTags("Passports").WithSummary("The signed passport of an adapter");

        api.MapGet("/adapters/{id}/passport/check", Results<Ok<PassportCheck>, ProblemHttpResult> (string id, AdapterLibrary library, Passports passports) =>
            library.Get(id) is { } adapter ? TypedResults.Ok(passports.Check(adapter)) : Answers.Missing("adapter", id))
            .RequireAuthorization(AccessNames.Viewer).WithTags("Passports").WithSummary("Whether an adapter's files are as they were signed");

        api.MapPost("/passports/verify", async (HttpContext context, Uploads uploads, Passports passports) =>
        {
            var (path, fields) = await uploads.ReceiveToScratchAsync(context);
            try
            {
                var key = fields.GetValueOrDefault("key") is { Length: > 0 } given ? PassportKey.ReadPublic(given) : passports.PublicKey;
                using var zip = File.OpenRead(path);
                return TypedResults.Ok(Passport.VerifyZip(zip, key));
            }
            catch (FormatException fault)
            {
                throw RequestException.Invalid("key", fault.Message);
            }
            catch (InvalidDataException fault)
            {
                throw RequestException.Invalid("file", $"This is no zip of an adapter. {fault.Message}");
            }
            finally
            {
                Directory.Delete(Path.GetDirectoryName(path)!, recursive: true);
            }
        }).RequireAuthorization(AccessNames.Viewer).WithTags("Passports").WithSummary("Check a zip of an adapter (multipart field file; optional key, else this Studio's own)");
    }
}
