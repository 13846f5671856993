using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Studio.Training.Templates.Jinja;
using Studio.Training.Templates.Python;

namespace Studio.Training.Templates;

/// <summary>
/// A Jinja chat template with the semantics of transformers' <c>apply_chat_template</c>. It is parsed once; rendering is safe on many threads.
/// Source: the chat templating documents of transformers and the template documents of Jinja.
/// </summary>
public sealed class ChatTemplate
{
    private const string ContinueMarker = "CONTINUE_FINAL_MESSAGE_TAG ";
    private static readonly string[] reasoningFields = ["reasoning_content", "thinking", "reasoning"];

    private static readonly string[] templateFields = ["reasoning_content", "thinking"];

    private readonly ParsedTemplate parsed;

    /// <exception cref="TemplateException">The source is too long or not a valid template; the message names the line.</exception>
    public ChatTemplate(string source)
        : this(source, new Dictionary<string, string>(), null)
    {
    }

    public ChatTemplate(string source, IReadOnlyDictionary<string, string> specialTokens, ChatTemplate? withTools)
    {
        if (source.Length > RenderLimits.Default.SourceLength)
        {
            throw TemplateException.Limit($"The chat template has {source.Length:N0} characters; the limit is {RenderLimits.Default.SourceLength:N0}.");
        }

        (Source, SpecialTokens, WithTools) = (source, specialTokens, withTools);
        parsed = Parser.Parse(source);
        Sha256 = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(source)));
    }

    public string Source { get; }

    /// <summary>SHA-256 of the source in UTF-8, hexadecimal.</summary>
    public string Sha256 { get; }

    /// <summary>Special tokens of the model the template came with, by name (<c>bos_token</c>, ...).</summary>
    public IReadOnlyDictionary<string, string> SpecialTokens { get; }

    /// <summary>The template the model uses when there are tools, if it has a separate one.</summary>
    public ChatTemplate? WithTools { get; }

    /// <summary>True when the template itself marks the assistant's parts with <c>{% generation %}</c>.</summary>
    public bool HasGeneration => parsed.HasGeneration;

    /// <summary>The template of a Hugging Face folder, or null when it has none.</summary>
    /// <exception cref="TemplateException">The template is there but cannot be parsed.</exception>
    public static ChatTemplate? ForModelFolder(string folder) => TemplateFiles.FromFolder(folder);

    /// <summary>The template in the metadata of a GGUF file, or null when it has none.</summary>
    public static ChatTemplate? FromGguf(IReadOnlyDictionary<string, object> metadata) => TemplateFiles.FromGguf(metadata);

    /// <summary>Renders a conversation.</summary>
    /// <exception cref="TemplateException">The template refuses the conversation, fails, or uses more than its limits.</exception>
    public RenderedChat Render(JsonArray messages, RenderOptions? options = null) => Render((ListValue)PythonJson.FromNode(messages)!, options ?? RenderOptions.Default);

    internal RenderedChat Render(ListValue messages, RenderOptions options)
    {
        if (options.Tools is { Count: > 0 } && WithTools is not null)
        {
            return WithTools.Render(messages, options);
        }

        messages = new ListValue(Array.ConvertAll(messages.Items, WithReasoning));
        return options.ContinueFinalMessage is { } field
            ? Continued(messages, field, options)
            : Run(messages, options);
    }

    private RenderedChat Run(ListValue messages, RenderOptions options)
    {
        var variables = new Dictionary<string, object?>(StringComparer.Ordinal);
        foreach (var (name, value) in options.SpecialTokens ?? SpecialTokens)
        {
            variables[name] = value;
        }

        if (options.Variables is not null)
        {
            foreach (var (name, value) in options.Variables)
            {
                variables[name] = PythonJson.FromNode(value);
            }
        }

        variables["messages"] = messages;
        variables["tools"] = Dicts(options.Tools, "Tools");
        variables["documents"] = Dicts(options.Documents, "Documents");
        variables["add_generation_prompt"] = options.AddGenerationPrompt;

        var state = new RenderState(options.Limits, variables, options.Now ?? TimeProvider.System.GetLocalNow().DateTime, parsed.Blocks);
        variables["self"] = new SelfReference(state);
        try
        {
            Statement.ExecuteAll(parsed.Body, state.Top);
        }
        catch (TemplateException e) when (e.Line == 0)
        {
            e.Line = state.Line;
            throw;
        }
        catch (InsufficientExecutionStackException)
        {
            throw TemplateException.Limit("values are nested too deeply");
        }

        return new RenderedChat(state.Output, parsed.HasGeneration ? state.Generations : [], parsed.HasGeneration);
    }

    private RenderedChat Continued(ListValue messages, string field, RenderOptions options)
    {
        if (messages.Count == 0)
        {
            throw TemplateException.Value("continue_final_message is set but the conversation is empty.");
        }

        // The reasoning of a message stands under two names, and a template reads one of them.
        string[] names = reasoningFields.Contains(field) ? [field, .. templateFields.Where(name => name != field)] : [field];
        if (!Array.Exists(names, name => Source.Contains(name, StringComparison.Ordinal)))
        {
            throw TemplateException.Value($"continue_final_message is set to '{field}', but the chat template never mentions that field.");
        }

        if (messages.Items[^1] is not DictValue last || !last.TryGet(field, out var open) || open is null)
        {
            throw TemplateException.Value($"continue_final_message is set but the final message has no '{field}' to continue.");
        }

        var copy = last.Copy();
        string text;
        switch (open)
        {
            case string plain:
                text = plain;
                foreach (var name in names)
                {
                    if (copy.TryGet(name, out var value) && PythonComparison.AreEqual(value, plain))
                    {
                        copy.Set(name, plain + ContinueMarker);
                    }
                }

                break;
            case ListValue parts:
                object?[] items = [.. parts.Items];
                var place = Array.FindLastIndex(items, item => item is DictValue part && part.TryGet("text", out _));
                if (place < 0)
                {
                    throw TemplateException.Value("continue_final_message is set but we could not find any text to continue in the final message.");
                }

                var marked = ((DictValue)items[place]!).Copy();
                marked.TryGet("text", out var partText);
                text = partText as string ?? throw TemplateException.Type("the text of a message part must be a string");
                marked.Set("text", text + ContinueMarker);
                items[place] = marked;
                copy.Set(field, new ListValue(items));
                break;
            default:
                throw TemplateException.Type($"can only continue text, not {PythonTypes.NameOf(open)}");
        }

        object?[] all = [.. messages.Items[..^1], copy];
        var rendered = Run(new ListValue(all), options);
        var output = rendered.Text;
        var marker = ContinueMarker.TrimEnd();
        var cut = output.LastIndexOf(marker, StringComparison.Ordinal);
        if (cut < 0 || !output.Contains(Whitespace.Trim(text), StringComparison.Ordinal))
        {
            throw TemplateException.Value("continue_final_message is set but the final message does not appear in the chat after applying the template; the template may leave it out or change it.");
        }

        // A template that trims messages has taken the marker's blank, and would have trimmed the text too.
        var kept = string.CompareOrdinal(output, cut, ContinueMarker, 0, ContinueMarker.Length) == 0;
        return new RenderedChat(kept ? output[..cut] : Whitespace.TrimEnd(output[..cut]), [], false);
    }

    private static object? WithReasoning(object? message)
    {
        if (message is not DictValue dict)
        {
            return message;
        }

        object? reasoning = null;
        foreach (var field in reasoningFields)
        {
            if (dict.TryGet(field, out reasoning) && reasoning is not null)
            {
                break;
            }
        }

        if (reasoning is null)
        {
            return message;
        }

        var copy = new DictValue(dict.Count + 2);
        if (!dict.TryGet("thinking", out _))
        {
            copy.Set("thinking", reasoning);
        }

        for (var i = 0; i < dict.Count; i++)
        {
            copy.Set(dict.KeyAt(i), dict.ValueAt(i));
        }

        copy.Set("reasoning_content", reasoning);
        return copy;
    }

    private static object? Dicts(JsonArray? items, string what)
    {
        var values = PythonJson.FromNode(items) as ListValue;
        return values is null || Array.TrueForAll(values.Items, item => item is DictValue) ? values : throw TemplateException.Value($"{what} should be a list of JSON objects.");
    }
}
