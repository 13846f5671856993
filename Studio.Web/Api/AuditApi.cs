using Studio.Web.Access;

namespace Studio.Web.Api;

/// <summary><c>/api/audit</c>.</summary>
public static class AuditApi
{
    public static void MapAudit(this RouteGroupBuilder api) =>
        api.MapGet("/audit", (AuditLog audit, string? after, int? limit) => TypedResults.Ok(audit.List(after, Answers.Size(limit, 100)))).RequireAuthorization(AccessNames.Owner).WithTags("Audit").WithSummary("Who did what, newest first");
}
