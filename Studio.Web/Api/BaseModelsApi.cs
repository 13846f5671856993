using System.Security.Claims;
using Microsoft.AspNetCore.Http.HttpResults;
using Studio.Data.Registry;
using Studio.Web.Access;
using Studio.Web.Models;

namespace Studio.Web.Api;

/// <summary>A model on this machine: a Hugging Face folder or a GGUF file.</summary>
public sealed record NewBaseModel(string Path, string? Name = null);

/// <summary><c>/api/base-models</c>.</summary>
public static class BaseModelsApi
{
    public static void MapBaseModels(this RouteGroupBuilder api)
    {
        var models = api.MapGroup("/base-models").WithTags("Base models");

        models.MapGet("", (BaseModelCatalog catalog) => TypedResults.Ok(catalog.List())).RequireAuthorization(AccessNames.Viewer).WithSummary("List base models");

        models.MapGet("/{id}", Results<Ok<BaseModel>, ProblemHttpResult> (string id, BaseModelCatalog catalog) => catalog.Get(id) is { } model ? TypedResults.Ok(model) : Answers.Missing("base model", id))
            .RequireAuthorization(AccessNames.Viewer).WithSummary("A base model and what was read from it");

        models.MapPost("", async Task<Results<Created<BaseModel>, ProblemHttpResult>> (NewBaseModel body, ClaimsPrincipal user, BaseModelCatalog catalog, CancellationToken cancellation) =>
            Answers.Created(await catalog.AddAsync(body.Path, body.Name, user.Actor(), cancellation), m => $"/api/base-models/{m.Id}"))
            .RequireAuthorization(AccessNames.Owner).WithSummary("Add a model by its path on the machine");

        models.MapDelete("/{id}", (string id, ClaimsPrincipal user, BaseModelCatalog catalog) => Answers.Gone(catalog.Remove(id, user.Actor())))
            .RequireAuthorization(AccessNames.Owner).WithSummary("Forget a base model; its files stay");
    }
}
