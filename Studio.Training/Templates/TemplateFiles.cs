using System.Text;
using System.Text.Json;

namespace Studio.Training.Templates;

/// <summary>
/// Finds chat templates where models keep them: <c>chat_template.jinja</c>, then <c>tokenizer_config.json</c> (one template or a list of named ones), then
/// <c>chat_template.json</c>; further named ones in <c>additional_chat_templates</c>; the metadata of GGUF files.
/// </summary>
internal static class TemplateFiles
{
    private const string Default = "default";
    private const string ToolUse = "tool_use";
    private static readonly JsonDocumentOptions lenient = new() { AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip };
    private static readonly string[] tokenNames = ["bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token"];

    public static ChatTemplate? FromFolder(string folder)
    {
        var templates = new Dictionary<string, string>(StringComparer.Ordinal);
        var tokens = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var name in new[] { "special_tokens_map.json", "tokenizer_config.json" })
        {
            ReadJson(Path.Combine(folder, name), root =>
            {
                ReadTokens(root, tokens);
                ReadTemplates(root, templates);
            });
        }

        if (templates.Count == 0)
        {
            ReadJson(Path.Combine(folder, "chat_template.json"), root => ReadTemplates(root, templates));
        }

        // The separate file replaces what the configuration says.
        var own = Path.Combine(folder, "chat_template.jinja");
        if (File.Exists(own))
        {
            templates[Default] = ReadText(own);
        }

        var more = Path.Combine(folder, "additional_chat_templates");
        if (Directory.Exists(more))
        {
            foreach (var file in Directory.EnumerateFiles(more, "*.jinja").Order(StringComparer.Ordinal))
            {
                templates[Path.GetFileNameWithoutExtension(file)] = ReadText(file);
            }
        }

        return Choose(templates, tokens);
    }

    public static ChatTemplate? FromGguf(IReadOnlyDictionary<string, object> metadata)
    {
        var templates = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (key, value) in metadata)
        {
            const string Prefix = "tokenizer.chat_template";
            if (value is string source && key.StartsWith(Prefix, StringComparison.Ordinal) && (key.Length == Prefix.Length || key[Prefix.Length] == '.'))
            {
                templates[key.Length == Prefix.Length ? Default : key[(Prefix.Length + 1)..]] = source;
            }
        }

        var tokens = new Dictionary<string, string>(StringComparer.Ordinal);
        var vocabulary = metadata.GetValueOrDefault("tokenizer.ggml.tokens") as System.Collections.IList;
        foreach (var (name, key) in new[] { ("bos_token", "bos"), ("eos_token", "eos"), ("unk_token", "unknown"), ("pad_token", "padding"), ("sep_token", "seperator"), ("cls_token", "cls"), ("mask_token", "mask") })
        {
            if (vocabulary is not null && metadata.GetValueOrDefault($"tokenizer.ggml.{key}_token_id") is IConvertible number)
            {
                var id = number.ToInt64(null);
                if (id >= 0 && id < vocabulary.Count && vocabulary[(int)id] is string token)
                {
                    tokens[name] = token;
                }
            }
        }

        return Choose(templates, tokens);
    }

    private static ChatTemplate? Choose(Dictionary<string, string> templates, Dictionary<string, string> tokens)
    {
        var withTools = templates.GetValueOrDefault(ToolUse);
        var source = templates.GetValueOrDefault(Default) ?? withTools ?? templates.Values.FirstOrDefault();
        if (source is null)
        {
            return null;
        }

        return new ChatTemplate(source, tokens, withTools is null || withTools == source ? null : new ChatTemplate(withTools, tokens, null));
    }

    private static void ReadTemplates(JsonElement root, Dictionary<string, string> templates)
    {
        if (!root.TryGetProperty("chat_template", out var value))
        {
            return;
        }

        if (value.ValueKind == JsonValueKind.String)
        {
            templates[Default] = value.GetString()!;
        }
        else if (value.ValueKind == JsonValueKind.Array)
        {
            foreach (var item in value.EnumerateArray())
            {
                if (item.ValueKind == JsonValueKind.Object && item.TryGetProperty("name", out var name) && item.TryGetProperty("template", out var template)
                    && name.ValueKind == JsonValueKind.String && template.ValueKind == JsonValueKind.String)
                {
                    templates[name.GetString()!] = template.GetString()!;
                }
            }
        }
        else if (value.ValueKind == JsonValueKind.Object)
        {
            foreach (var item in value.EnumerateObject().Where(item => item.Value.ValueKind == JsonValueKind.String))
            {
                templates[item.Name] = item.Value.GetString()!;
            }
        }
    }

    private static void ReadTokens(JsonElement root, Dictionary<string, string> tokens)
    {
        foreach (var name in tokenNames)
        {
            Read(name, root.TryGetProperty(name, out var value) ? value : default);
        }

        if (root.TryGetProperty("extra_special_tokens", out var extra) && extra.ValueKind == JsonValueKind.Object)
        {
            foreach (var item in extra.EnumerateObject())
            {
                Read(item.Name, item.Value);
            }
        }

        void Read(string name, JsonElement value)
        {
            var text = value.ValueKind == JsonValueKind.Object && value.TryGetProperty("content", out var content) ? content : value;
            if (text.ValueKind == JsonValueKind.String)
            {
                tokens[name] = text.GetString()!;
            }
        }
    }

    private static void ReadJson(string path, Action<JsonElement> read)
    {
        if (!File.Exists(path))
        {
            return;
        }

        try
        {
            using var document = JsonDocument.Parse(ReadText(path), lenient);
            if (document.RootElement.ValueKind == JsonValueKind.Object)
            {
                read(document.RootElement);
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new InvalidDataException($"{path}: is not valid JSON ({e.Message})", e);
        }
    }

    private static string ReadText(string path) => File.ReadAllText(path, Encoding.UTF8);
}
