using System.Text.Json.Nodes;
using Studio.Data.Datasets;
using Studio.Data.Files;
using Studio.Data.Store;
using Studio.Data.Validation;
using Studio.Web.Api;
using Studio.Web.Serving;

namespace Studio.Web.Grading;

/// <summary>Reads the data source of a run: which rows, which model, what it is asked.</summary>
public sealed class GradedSource(StudioDatabase database, DatasetLibrary datasets)
{
    private const int MostRows = 100_000;

    /// <summary>Everything that is wrong with a data source, thrown before a run is made.</summary>
    /// <exception cref="RequestException">400: the field and what is wrong with it.</exception>
    public void Check(JsonObject source)
    {
        switch (source.Text("type"))
        {
            case "jsonl":
                break;
            case "completions":
                source.RequiredText("model");
                _ = Template(source, new JsonObject());
                _ = Options(source);
                break;
            case "responses":
                throw RequestException.Invalid("data_source.type", "Data sources of type 'responses' are not supported. Use 'completions' with the same messages.");
            case null:
                throw RequestException.Invalid("data_source.type", "Missing required parameter: 'data_source.type'.", "missing_required_parameter");
            default:
                throw RequestException.Invalid("data_source.type", "'data_source.type' must be 'completions' or 'jsonl'.");
        }

        if (!Rows(source).Any())
        {
            throw RequestException.Invalid("data_source.source", "The data source has no item.");
        }
    }

    /// <summary>Rows with <c>item</c> and, where answers are given, <c>sample</c>. A row without <c>item</c> is an item itself.</summary>
    public IEnumerable<JsonObject> Rows(JsonObject source)
    {
        var from = source.Object("source") ?? throw RequestException.Invalid("data_source.source", "Missing required parameter: 'data_source.source'.", "missing_required_parameter");
        return (from.Text("type") switch
        {
            "file_content" => from["content"] is JsonArray rows ? rows.Select(r => r as JsonObject ?? throw RequestException.Invalid("data_source.source.content", "Every row must be an object.")) : throw RequestException.Invalid("data_source.source.content", "'content' must be an array of rows."),
            "file_id" => File(from.RequiredText("id")),
            "stored_completions" => throw RequestException.Invalid("data_source.source.type", "Stored completions are not kept here. Use 'file_content' or 'file_id'."),
            _ => throw RequestException.Invalid("data_source.source.type", "'source.type' must be 'file_content' or 'file_id'."),
        }).Take(MostRows).Select(row => row["item"] is JsonObject ? row : new JsonObject { ["item"] = row.DeepClone() });
    }

    /// <summary>What the model is asked about a row; null where rows bring their answers.</summary>
    public static JsonArray? Messages(JsonObject source, JsonObject row)
    {
        if (source.Text("type") != "completions")
        {
            return null;
        }

        var item = (JsonObject)row["item"]!;
        return Template(source, item);
    }

    public static ChatOptions Options(JsonObject source)
    {
        var parameters = source.Object("sampling_params") ?? [];
        return new ChatOptions
        {
            Temperature = Number(parameters, "temperature", 0, 2),
            TopP = Number(parameters, "top_p", 0, 1),
            Seed = parameters.Integer("seed", int.MinValue, int.MaxValue),
            MaxTokens = parameters.Integer("max_completion_tokens", 1, 1 << 20) ?? parameters.Integer("max_tokens", 1, 1 << 20),
        };
    }

    private static JsonArray Template(JsonObject source, JsonObject item)
    {
        var messages = source.Object("input_messages") ?? throw RequestException.Invalid("data_source.input_messages", "Missing required parameter: 'data_source.input_messages'.", "missing_required_parameter");
        switch (messages.Text("type"))
        {
            case "template":
                var template = messages["template"] is JsonArray { Count: > 0 } turns && turns.All(t => t is JsonObject) ? turns : throw RequestException.Invalid("data_source.input_messages.template", "'template' must be a non-empty array of messages.");
                return item.Count == 0 ? template : GradingTemplate.Messages(template, new GradedSample(item, []));
            case "item_reference":
                var path = messages.RequiredText("item_reference");
                return item.Count == 0 ? [] : GradingTemplate.Find(path, new GradedSample(item, [])) as JsonArray ?? throw RequestException.Invalid("data_source.input_messages.item_reference", $"'{path}' is no array of messages.");
            default:
                throw RequestException.Invalid("data_source.input_messages.type", "'input_messages.type' must be 'template' or 'item_reference'.");
        }
    }

    private static double? Number(JsonObject parameters, string name, double low, double high) => parameters[name] switch
    {
        null => null,
        JsonValue value when value.TryGetValue<double>(out var number) && number >= low && number <= high => number,
        _ => throw RequestException.Invalid($"data_source.sampling_params.{name}", FormattableString.Invariant($"'{name}' must be a number from {low} to {high}.")),
    };

    private IEnumerable<JsonObject> File(string id)
    {
        if (database.Files.Get(id) is not { } file)
        {
            throw RequestException.Invalid("data_source.source.id", $"No such File object: {id}");
        }

        using var input = TextInput.Open(() => datasets.OpenFile(file.Id), file.FileName);
        foreach (var row in (FileReaders.For(input.Head) ?? throw RequestException.Invalid("data_source.source.id", $"{file.FileName} is no file of rows.")).Read(input))
        {
            yield return row.Problem is { } problem ? throw new ProblemException(problem with { File = file.FileName })
                : row.Row!.Value as JsonObject ?? throw RequestException.Invalid("data_source.source.id", FormattableString.Invariant($"{file.FileName}, line {row.Row.Line}: a row must be an object."));
        }
    }
}
