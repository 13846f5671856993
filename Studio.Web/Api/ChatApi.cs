using System.Text.Json.Nodes;
using Studio.Web.Access;
using Studio.Web.Serving;

namespace Studio.Web.Api;

/// <summary><c>/v1/chat/completions</c> and <c>/v1/completions</c>.</summary>
public static class ChatApi
{
    public static void MapChat(this RouteGroupBuilder v1)
    {
        v1.MapPost("/chat/completions", (HttpContext context, ChatGateway gateway) => AnswerAsync(context, gateway, ChatGateway.ChatPath, ChatRequests.CheckChat))
            .RequireAuthorization(AccessNames.Viewer).WithTags("Chat").Accepts<JsonObject>("application/json").WithSummary("Answer a conversation, whole or as a stream");
        v1.MapPost("/completions", (HttpContext context, ChatGateway gateway) => AnswerAsync(context, gateway, ChatGateway.CompletionPath, ChatRequests.CheckCompletion))
            .RequireAuthorization(AccessNames.Viewer).WithTags("Chat").Accepts<JsonObject>("application/json").WithSummary("Continue a text, whole or as a stream");
    }

    private static async Task AnswerAsync(HttpContext context, ChatGateway gateway, string path, Func<JsonObject, RequestFault?> check)
    {
        var body = await RequestBody.ReadObjectAsync(context.Request, context.RequestAborted);
        body.RequiredText("model");
        if (check(body) is { } fault)
        {
            throw RequestException.Invalid(fault.Param, fault.Message);
        }

        await gateway.ForwardAsync(context, path, body);
    }
}
