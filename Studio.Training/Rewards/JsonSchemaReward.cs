using System.Text.Json;
using System.Text.Json.Nodes;
using Studio.Data.Examples;

namespace Studio.Training.Rewards;

/// <summary>1 when the answer is JSON that fulfils a schema (the row's own in <c>schema</c>, or the recipe's), one half when it is JSON that does not, else 0. A Markdown fence around it is allowed.</summary>
public sealed class JsonSchemaReward(string? schema) : SingleReward
{
    private readonly JsonObject? standard = Read(schema);

    public override string Name => "json_schema";

    public override string? Lacks(PromptExample row) => SchemaOf(row) is null ? "a JSON schema (column schema, or the option reward_schema)" : null;

    protected override double Score(JudgedAnswer answer)
    {
        JsonNode? value;
        try
        {
            value = JsonNode.Parse(Unfenced(answer.Conclusion));
        }
        catch (JsonException)
        {
            return 0;
        }

        return JsonSchema.Fault(value, SchemaOf(answer.Row)!) is null ? 1 : 0.5;
    }

    private JsonObject? SchemaOf(PromptExample row) => row.Extra?["schema"] switch
    {
        JsonObject own => own,
        JsonValue text when text.TryGetValue<string>(out var written) => Read(written),
        _ => standard,
    };

    private static JsonObject? Read(string? text)
    {
        try
        {
            return text is null ? null : JsonNode.Parse(text) as JsonObject;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static string Unfenced(string text)
    {
        if (!text.StartsWith("```", StringComparison.Ordinal) || !text.EndsWith("```", StringComparison.Ordinal) || text.Length < 6)
        {
            return text;
        }

        var inner = text[3..^3];
        var line = inner.IndexOf('\n', StringComparison.Ordinal);
        return line < 0 ? inner : inner[(line + 1)..];
    }
}
