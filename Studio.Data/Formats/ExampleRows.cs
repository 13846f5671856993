using System.Text.Json;
using System.Text.Json.Nodes;
using Studio.Data.Datasets;
using Studio.Data.Examples;

namespace Studio.Data.Formats;

/// <summary>Writes an example as the row that people and other tools know (OpenAI, TRL); importing the row gives the same example again.</summary>
public static class ExampleRows
{
    /// <summary>Name of the dataset format in which rows of a kind are written.</summary>
    public static string FormatOf(ExampleKind kind) => kind switch
    {
        ExampleKind.Chat => "openai_chat",
        ExampleKind.Completion => "prompt_completion",
        ExampleKind.Text => "plain_text",
        ExampleKind.Preference => "trl_preference",
        ExampleKind.Feedback => "kto",
        ExampleKind.Prompt => "prompt_only",
        ExampleKind.Stepwise => "stepwise",
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "Unknown kind of example."),
    };

    public static JsonObject Of(Example example)
    {
        var row = example switch
        {
            ChatExample chat => new JsonObject { ["messages"] = Messages(chat.Messages), ["tools"] = chat.Tools?.DeepClone() },
            CompletionExample pair => new JsonObject { ["prompt"] = pair.Prompt, ["completion"] = pair.Completion },
            TextExample text => new JsonObject { ["text"] = text.Text },
            PreferenceExample pair => new JsonObject { ["prompt"] = Messages(pair.Prompt), ["chosen"] = Messages(pair.Chosen), ["rejected"] = Messages(pair.Rejected), ["margin"] = pair.Margin, ["tools"] = pair.Tools?.DeepClone() },
            FeedbackExample rated => new JsonObject { ["prompt"] = Messages(rated.Prompt), ["completion"] = Messages(rated.Completion), ["label"] = rated.Label },
            PromptExample prompt => Prompt(prompt),
            StepwiseExample solution => new JsonObject { ["prompt"] = Messages(solution.Prompt), ["completions"] = new JsonArray([.. solution.Steps.Select(s => JsonValue.Create(s.Text))]), ["labels"] = new JsonArray([.. solution.Steps.Select(s => JsonValue.Create(s.Right))]) },
            _ => throw new ArgumentOutOfRangeException(nameof(example), example.GetType().Name, "Unknown kind of example."),
        };
        foreach (var empty in row.Where(f => f.Value is null).Select(f => f.Key).ToList())
        {
            row.Remove(empty);
        }

        return row;
    }

    private static JsonObject Prompt(PromptExample prompt)
    {
        var row = new JsonObject { ["prompt"] = Messages(prompt.Prompt), ["reference"] = prompt.Reference };
        foreach (var (name, value) in prompt.Extra ?? [])
        {
            row[name] = value?.DeepClone();
        }

        return row;
    }

    private static JsonNode? Messages(IReadOnlyList<Message> messages) => JsonSerializer.SerializeToNode(messages, StudioJson.Options);
}
