using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Studio.Data;
using Studio.Training.Generation;

namespace Studio.Training.Serving;

/// <summary>Lists models, loads and unloads adapters while others answer, and proves that one is applied.</summary>
internal sealed class AdapterEndpoints(Engine engine)
{
    public Task ListAsync(HttpContext http)
    {
        JsonArray data = [Model(engine.BaseName, null)];
        foreach (var name in engine.AdapterNames)
        {
            data.Add(Model(name, engine.BaseName));
        }

        return Replies.WriteJsonAsync(http, new JsonObject { ["object"] = "list", ["data"] = data });
    }

    public async Task LoadAsync(HttpContext http)
    {
        var body = await JsonReading.ReadObjectAsync(http.Request.Body, http.RequestAborted).ConfigureAwait(false);
        var name = body.Text("lora_name") ?? throw new ApiFault(400, "'lora_name' is missing.", "lora_name");
        var path = body.Text("lora_path") ?? throw new ApiFault(400, "'lora_path' is missing.", "lora_path");
        await engine.LoadAdapterAsync(name, path, body.Text("sha256"), http.RequestAborted).ConfigureAwait(false);
        await Replies.WriteJsonAsync(http, new JsonObject { ["status"] = "loaded", ["lora_name"] = name }).ConfigureAwait(false);
    }

    public async Task UnloadAsync(HttpContext http)
    {
        var body = await JsonReading.ReadObjectAsync(http.Request.Body, http.RequestAborted).ConfigureAwait(false);
        var name = body.Text("lora_name") ?? throw new ApiFault(400, "'lora_name' is missing.", "lora_name");
        await engine.UnloadAdapterAsync(name, http.RequestAborted).ConfigureAwait(false);
        await Replies.WriteJsonAsync(http, new JsonObject { ["status"] = "unloaded", ["lora_name"] = name }).ConfigureAwait(false);
    }

    public async Task ProveAsync(HttpContext http)
    {
        var body = await JsonReading.ReadObjectAsync(http.Request.Body, http.RequestAborted).ConfigureAwait(false);
        var name = body.Text("lora_name") ?? throw new ApiFault(400, "'lora_name' is missing.", "lora_name");
        var proof = await engine.ProveAsync(name, body.Text("prompt"), http.RequestAborted).ConfigureAwait(false);
        await Replies.WriteJsonAsync(http, JsonSerializer.SerializeToNode(proof, StudioJson.Options)!).ConfigureAwait(false);
    }

    private static JsonObject Model(string name, string? parent) => new()
    {
        ["id"] = name,
        ["object"] = "model",
        ["created"] = 0,
        ["owned_by"] = "studio",
        ["parent"] = parent,
    };
}
