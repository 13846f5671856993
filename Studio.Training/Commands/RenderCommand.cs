using System.CommandLine;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Studio.Data;
using Studio.Training.Checkpoints;
using Studio.Training.Templates;

namespace Studio.Training.Commands;

/// <summary><c>render</c>: applies a chat template to conversations, one JSON object a line in and out.</summary>
internal static class RenderCommand
{
    public static Command Create()
    {
        var model = new Argument<string?>("model") { Description = "Model folder or GGUF file whose chat template is used.", Arity = ArgumentArity.ZeroOrOne };
        var template = new Option<FileInfo?>("--template") { Description = "A file with the template itself." };
        var specialTokens = new Option<string?>("--special-tokens") { Description = "JSON object with bos_token, eos_token and so on; replaces those of the model." };
        var now = new Option<string?>("--now") { Description = "Local time for strftime_now, such as 2025-01-29T09:05:07." };
        var input = new Option<FileInfo?>("--input") { Description = "File with the conversations; standard input when left out." };
        var command = new Command("render", "Apply a chat template to conversations ({\"messages\",\"tools\"?,\"documents\"?,\"options\"?} a line).") { model, template, specialTokens, now, input };
        command.SetAction(parsed => Run(
            Open(parsed.GetValue(model), parsed.GetValue(template)),
            parsed.GetValue(specialTokens) is { } tokens ? ParseTokens(tokens) : null,
            parsed.GetValue(now) is { } time ? ParseTime(time) : null,
            parsed.GetValue(input)));
        return command;
    }

    private static int Run(ChatTemplate template, IReadOnlyDictionary<string, string>? tokens, DateTime? now, FileInfo? input)
    {
        using var output = new StreamWriter(Console.OpenStandardOutput(), new UTF8Encoding(false)) { NewLine = "\n" };
        using var reader = input is null ? new StreamReader(Console.OpenStandardInput(), Encoding.UTF8) : new StreamReader(input.FullName, Encoding.UTF8);
        for (var line = 1; reader.ReadLine() is { } text; line++)
        {
            if (text.Length > 0)
            {
                output.WriteLine(Render(template, text, tokens, now, line).ToJsonString(StudioJson.Options));
            }
        }

        return ExitCodes.Ok;
    }

    /// <summary>One conversation; a failure becomes an answer, so that the lines stay in step.</summary>
    internal static JsonObject Render(ChatTemplate template, string line, IReadOnlyDictionary<string, string>? tokens, DateTime? now, int number)
    {
        var result = new JsonObject();
        try
        {
            var row = JsonNode.Parse(line, documentOptions: new JsonDocumentOptions { MaxDepth = 256 }) as JsonObject ?? throw new FormatException($"line {number}: is not a JSON object");
            var messages = row["messages"] as JsonArray ?? throw new FormatException($"line {number}: has no list 'messages'");
            if (row["name"] is { } name)
            {
                result["name"] = name.DeepClone();
            }

            var options = Options(row, tokens, now);
            if (options is { AddGenerationPrompt: false, ContinueFinalMessage: null } && !template.HasGeneration)
            {
                var marked = AssistantSpans.Find(template, messages, options);
                result["rendered"] = marked.Text;
                result["trained_spans"] = marked.Refusal is null ? Pairs(marked.Spans.Select(span => (span.Start, span.End))) : null;
                result["refusal"] = marked.Refusal;
                return result;
            }

            var rendered = template.Render(messages, options);
            result["rendered"] = rendered.Text;
            if (rendered.SpansFromTemplate)
            {
                result["assistant_spans"] = Pairs(rendered.AssistantSpans);
            }
        }
        catch (TemplateException e)
        {
            result["error"] = e.RaisedByTemplate ? e.Message : e.Explanation;
            result["error_type"] = e.Kind;
            result["raised_by_template"] = e.RaisedByTemplate;
        }
        catch (Exception e) when (e is FormatException or JsonException or InvalidOperationException or ArgumentException)
        {
            result["error"] = e.Message;
            result["error_type"] = "ValueError";
            result["raised_by_template"] = false;
        }

        return result;
    }

    /// <summary>The options of a row: known ones by name, every other one a variable of the template.</summary>
    internal static RenderOptions Options(JsonObject row, IReadOnlyDictionary<string, string>? tokens, DateTime? now)
    {
        var variables = new JsonObject();
        var options = new RenderOptions { Tools = row["tools"] as JsonArray, Documents = row["documents"] as JsonArray, SpecialTokens = tokens, Now = now };
        foreach (var (name, value) in row["options"] as JsonObject ?? [])
        {
            options = name switch
            {
                "add_generation_prompt" => options with { AddGenerationPrompt = value?.GetValueKind() == JsonValueKind.True },
                "continue_final_message" => options with { ContinueFinalMessage = value?.GetValueKind() switch { JsonValueKind.True => "content", JsonValueKind.String => value!.GetValue<string>(), _ => null } },
                "special_tokens" => options with { SpecialTokens = Tokens(value, "special_tokens") },
                _ => options,
            };
            if (name is not ("add_generation_prompt" or "continue_final_message" or "special_tokens"))
            {
                variables[name] = value?.DeepClone();
            }
        }

        return options with { Variables = variables };
    }

    /// <summary>The template of a model or of a file.</summary>
    /// <exception cref="InvalidDataException">There is none, or it cannot be parsed.</exception>
    internal static ChatTemplate Open(string? model, FileInfo? templateFile)
    {
        var place = templateFile?.FullName ?? model ?? throw new InvalidDataException("Name a model folder or GGUF file, or a template with --template.");
        try
        {
            if (templateFile is not null)
            {
                return new ChatTemplate(Encoding.UTF8.GetString(File.ReadAllBytes(place)));
            }

            if (File.Exists(place))
            {
                using var file = GgufFile.Open(place);
                return ChatTemplate.FromGguf(file.Metadata) ?? throw new InvalidDataException($"{place}: the file has no tokenizer.chat_template");
            }

            return Directory.Exists(place)
                ? ChatTemplate.ForModelFolder(place) ?? throw new InvalidDataException($"{place}: no chat_template.jinja, and no chat_template in tokenizer_config.json")
                : throw new FileNotFoundException($"{place}: no such folder or GGUF file");
        }
        catch (TemplateException e)
        {
            throw new InvalidDataException($"{place}: {e.Explanation}", e);
        }
    }

    private static Dictionary<string, string> ParseTokens(string json)
    {
        try
        {
            return Tokens(JsonNode.Parse(json), "--special-tokens");
        }
        catch (Exception e) when (e is JsonException or FormatException)
        {
            throw new InvalidDataException($"--special-tokens: {e.Message}", e);
        }
    }

    private static Dictionary<string, string> Tokens(JsonNode? node, string name)
    {
        var json = node as JsonObject ?? throw new FormatException($"{name}: is not a JSON object");
        return json.Where(item => item.Value is not null).ToDictionary(
            item => item.Key,
            item => item.Value!.GetValueKind() == JsonValueKind.String ? item.Value.GetValue<string>() : throw new FormatException($"{name}: '{item.Key}' is not a text"));
    }

    private static DateTime ParseTime(string text) => DateTime.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.None, out var time)
        ? DateTime.SpecifyKind(time, DateTimeKind.Unspecified)
        : throw new InvalidDataException($"--now: '{text}' is not a time such as 2025-01-29T09:05:07");

    private static JsonArray Pairs(IEnumerable<(int Start, int End)> spans) => [.. spans.Select(span => new JsonArray(span.Start, span.End))];
}
