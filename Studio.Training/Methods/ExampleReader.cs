using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Studio.Data;
using Studio.Data.Examples;
using Studio.Data.Recipes;
using Studio.Data.Validation;
using Studio.Training.Batching;
using Studio.Training.Checkpoints;
using Studio.Training.Templates;

namespace Studio.Training.Methods;

/// <summary>Turns the examples of a job into tokens and labels, and counts what is cut or left out.</summary>
internal sealed class ExampleReader(ModelText model, DataOptions data)
{
    public ExampleReader(PretrainedModel model, DataOptions data)
        : this(ModelText.Of(model), data)
    {
    }

    // A clock in the template must not make two runs on the same data differ.
    private static readonly DateTime FixedDate = new(2024, 7, 26, 0, 0, 0, DateTimeKind.Unspecified);

    private const int ProblemLimit = 100;

    public (IReadOnlyList<LabelledTokens> Kept, PreparedData Report) Read(string path, CancellationToken cancel)
    {
        var (kept, report, _) = ReadWithSource(path, cancel);
        return (kept, report);
    }

    public (IReadOnlyList<LabelledTokens> Kept, PreparedData Report, IReadOnlyList<Example> Source) ReadWithSource(string path, CancellationToken cancel)
    {
        List<LabelledTokens> kept = [];
        List<Example> source = [];
        List<Problem> problems = [];
        List<int> lengths = [];
        long tokens = 0, trained = 0, cut = 0, cutTokens = 0, untrainable = 0;
        var whole = data.Packing && data.PackingStrategy != "bfd";
        foreach (var (example, row) in Lines(path))
        {
            cancel.ThrowIfCancellationRequested();
            LabelledTokens all;
            try
            {
                all = Tokenize(example);
            }
            catch (TemplateException fault)
            {
                untrainable++;
                Note(problems, "template_refused", $"The chat template refuses this conversation: {fault.Message}", "Change the turns of the example or leave it out.", example.Line ?? row);
                continue;
            }

            lengths.Add(all.Ids.Length);
            if (all.Ids.Length > data.MaxLength && !whole)
            {
                cut++;
                cutTokens += all.Ids.Length - data.MaxLength;
                all = new LabelledTokens(all.Ids[..data.MaxLength], all.Labels[..data.MaxLength], all.Weights?[..data.MaxLength]);
            }

            var scored = all.Labels.Skip(1).Count(l => l != Collation.Ignored);
            if (scored == 0)
            {
                untrainable++;
                Note(problems, "nothing_trained", "No token of this example would be trained.", "Give it an answer, or raise the longest example so that the answer is not cut off.", example.Line ?? row);
                continue;
            }

            tokens += all.Ids.Length;
            trained += scored;
            kept.Add(all);
            source.Add(example);
        }

        return (kept, new PreparedData
        {
            Examples = kept.Count,
            Tokens = tokens,
            TrainedTokens = trained,
            TruncatedExamples = cut,
            TruncatedTokens = cutTokens,
            UntrainableExamples = untrainable,
            Lengths = lengths,
            Problems = problems,
        }, source);
    }

    /// <summary>Prompts as given, else the first of the examples with the answer cut off.</summary>
    public IReadOnlyList<SamplePrompt> Prompts(IReadOnlyList<string> given, IReadOnlyList<Example> examples, int count)
    {
        if (given.Count > 0)
        {
            return [.. given.Take(count).Select(text => Prompt([new Message { Role = "user", Content = text }], null, text, null))];
        }

        List<SamplePrompt> prompts = [];
        foreach (var example in examples)
        {
            if (prompts.Count == count)
            {
                break;
            }

            if (example is CompletionExample completion)
            {
                prompts.Add(new SamplePrompt(completion.Prompt, model.Tokenizer.Encode(completion.Prompt).Ids, completion.Completion));
            }
            else if (example is ChatExample chat && chat.Messages.ToList().FindLastIndex(m => m.Role == "assistant") is > 0 and var last)
            {
                Message[] before = [.. chat.Messages.Take(last)];
                prompts.Add(Prompt(before, chat.Tools, before[^1].Content ?? "", chat.Messages[last].Content));
            }
        }

        return prompts;
    }

    /// <summary>An example as tokens, uncut.</summary>
    /// <exception cref="TemplateException">The chat template refuses the conversation.</exception>
    public LabelledTokens Tokenize(Example example) => example switch
    {
        ChatExample chat => Chat(chat),
        CompletionExample completion => Completion(completion),
        TextExample text => Whole(text.Text),
        _ => throw new InvalidDataException($"An example of the kind {example.GetType().Name} cannot be used by supervised fine-tuning."),
    };

    private LabelledTokens Chat(ChatExample chat)
    {
        if (model.Template is not { } template)
        {
            throw new InvalidDataException("The base model has no chat template, so conversations cannot be written for it. Choose an instruct model, or data with prompts and completions.");
        }

        var marked = AssistantSpans.Find(template, Messages(chat.Messages), new RenderOptions { Tools = chat.Tools, Now = FixedDate });
        if (data.AssistantOnlyLoss && marked.Refusal is { } refusal)
        {
            throw new InvalidDataException(refusal);
        }

        var encoding = model.Tokenizer.Encode(marked.Text, addSpecialTokens: false);
        var count = encoding.Ids.Length;
        if (!data.AssistantOnlyLoss)
        {
            return new LabelledTokens(encoding.Ids, encoding.Ids);
        }

        var labels = new int[count];
        Array.Fill(labels, Collation.Ignored);
        var weights = new float[count];
        Array.Fill(weights, 1f);
        var plain = true;
        var token = 0;
        foreach (var span in marked.Spans)
        {
            var weight = (float)(span.Message >= 0 ? chat.Messages[span.Message].Weight ?? 1 : 1);
            while (token < count && encoding.Offsets[token].End <= span.Start)
            {
                token++;
            }

            for (var t = token; t < count && encoding.Offsets[t].Start < span.End; t++)
            {
                if (weight == 0 || encoding.Offsets[t].End <= span.Start)
                {
                    continue;
                }

                labels[t] = encoding.Ids[t];
                weights[t] = weight;
                plain &= weight == 1;
            }
        }

        return new LabelledTokens(encoding.Ids, labels, plain ? null : weights);
    }

    private LabelledTokens Completion(CompletionExample example)
    {
        var encoding = model.Tokenizer.Encode(example.Prompt + example.Completion);
        var start = example.Prompt.EnumerateRunes().Count();
        var ids = WithEnd(encoding.Ids);
        var labels = new int[ids.Length];
        for (var i = 0; i < ids.Length; i++)
        {
            labels[i] = i >= encoding.Ids.Length || encoding.Offsets[i].End > start || !data.AssistantOnlyLoss ? ids[i] : Collation.Ignored;
        }

        return new LabelledTokens(ids, labels);
    }

    private LabelledTokens Whole(string text)
    {
        var ids = WithEnd(model.Tokenizer.Encode(text).Ids);
        return new LabelledTokens(ids, ids);
    }

    private int[] WithEnd(int[] ids)
    {
        var end = model.Tokenizer.SpecialTokens.Eos is { } name && model.Tokenizer.TokenToId(name) is { } id ? id
            : model.EosTokenIds.Count > 0 ? model.EosTokenIds[0] : (int?)null;
        return end is not { } token || (ids.Length > 0 && ids[^1] == token) ? ids : [.. ids, token];
    }

    private SamplePrompt Prompt(IReadOnlyList<Message> messages, JsonArray? tools, string text, string? expected)
    {
        if (model.Template is not { } template)
        {
            return new SamplePrompt(text, model.Tokenizer.Encode(text).Ids, expected);
        }

        var rendered = template.Render(Messages(messages), new RenderOptions { Tools = tools, Now = FixedDate, AddGenerationPrompt = true });
        return new SamplePrompt(text, model.Tokenizer.Encode(rendered.Text, addSpecialTokens: false).Ids, expected);
    }

    // Templates expect arguments as objects; OpenAI's files carry them as JSON text.
    private static JsonArray Messages(IReadOnlyList<Message> messages)
    {
        var array = (JsonArray)JsonSerializer.SerializeToNode(messages.Select(m => m with { Weight = null }), StudioJson.Options)!;
        foreach (var call in array.SelectMany(m => m?["tool_calls"] as JsonArray ?? []))
        {
            if (call?["function"] is JsonObject function && function["arguments"] is JsonValue value && value.TryGetValue<string>(out var text))
            {
                try
                {
                    function["arguments"] = JsonNode.Parse(text) as JsonObject ?? function["arguments"]!.DeepClone();
                }
                catch (JsonException)
                {
                    // Not JSON: the template gets the text.
                }
            }
        }

        return array;
    }

    private static IEnumerable<(Example Example, int Row)> Lines(string path)
    {
        if (!File.Exists(path))
        {
            throw new FileNotFoundException($"{path}: there is no such data file.");
        }

        var row = 0;
        foreach (var line in File.ReadLines(path))
        {
            row++;
            if (string.IsNullOrWhiteSpace(line))
            {
                continue;
            }

            Example example;
            try
            {
                example = StudioJson.Deserialize<Example>(line);
            }
            catch (Exception fault) when (fault is JsonException or NotSupportedException)
            {
                throw new InvalidDataException(string.Create(CultureInfo.InvariantCulture, $"{Path.GetFileName(path)}, line {row}: not a normalised example ({fault.Message})."));
            }

            yield return (example, row);
        }
    }

    private static void Note(List<Problem> problems, string rule, string message, string remedy, int line)
    {
        if (problems.Count < ProblemLimit)
        {
            problems.Add(new Problem(rule, Severity.Error, message, remedy) { Line = line });
        }
    }
}
