using System.Security.Claims;
using System.Text.Json.Nodes;
using Studio.Web.Access;
using Studio.Web.Registry;
using Studio.Web.Serving;

namespace Studio.Web.Api;

/// <summary><c>/v1/models</c>: base models, adapters and aliases that chat answers to.</summary>
public static class ModelsApi
{
    public static void MapModels(this RouteGroupBuilder v1)
    {
        var models = v1.MapGroup("/models").WithTags("Models");
        models.MapGet("", (ModelDirectory directory) => OpenAiLists.Json(new JsonObject { ["object"] = "list", ["data"] = new JsonArray([.. directory.List().Select(Shape)]) }))
            .RequireAuthorization(AccessNames.Viewer).WithSummary("List models");

        // A model name may contain slashes.
        models.MapGet("/{**name}", (string name, ModelDirectory directory) => OpenAiLists.Json(Shape(directory.Find(name) ?? throw ServingFaults.ModelNotFound(name))))
            .RequireAuthorization(AccessNames.Viewer).WithSummary("Get a model");

        models.MapDelete("/{**name}", async (string name, ClaimsPrincipal user, AdapterLibrary adapters, LocalWorkers workers, ModelDirectory directory, CancellationToken cancellation) =>
        {
            if (adapters.FindByModelName(name) is not { } adapter)
            {
                throw directory.Find(name) is null ? ServingFaults.ModelNotFound(name) : new RequestException(403, "insufficient_permissions", "Only fine-tuned models can be deleted here.") { Param = "model" };
            }

            adapters.Delete(adapter.Id, user.Actor()).OrThrow();
            await workers.UnloadAsync(adapter.Id, cancellation);
            return OpenAiLists.Json(new JsonObject { ["id"] = name, ["object"] = "model", ["deleted"] = true });
        }).RequireAuthorization(AccessNames.Trainer).WithSummary("Delete a fine-tuned model");
    }

    private static JsonObject Shape(ServedModel model) => new()
    {
        ["id"] = model.Name,
        ["object"] = "model",
        ["created"] = OpenAiLists.Unix(model.CreatedAt),
        ["owned_by"] = ModelNames.Organization,
        ["parent"] = model.LoraName is null ? null : model.Base.Name,
    };
}
