using System.Globalization;
using System.Runtime.ExceptionServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using Studio.Data;
using Studio.Data.Examples;
using Studio.Data.Recipes;
using Studio.Data.Validation;
using Studio.Training.Batching;
using Studio.Training.Checkpoints;
using Studio.Training.Templates;
using Studio.Training.Tokenizers;

namespace Studio.Training.Methods;

/// <summary>Turns the examples of a job into tokens and labels, and counts what is cut or left out.</summary>
internal sealed partial class ExampleReader(ModelText model, DataOptions data)
{
    public ExampleReader(PretrainedModel model, DataOptions data)
        : this(ModelText.Of(model), data)
    {
    }

    private readonly ExampleTokenizer tokenizer = new(model, data.AssistantOnlyLoss);

    private const int ProblemLimit = 100;

    private const int ChunkSize = 256;

    /// <summary>Examples as tokens and labels, cut at the longest length unless they are packed whole.</summary>
    public (IReadOnlyList<LabelledTokens> Kept, PreparedData Report, IReadOnlyList<Example> Source) Read(string path, CancellationToken cancel)
    {
        var gathered = new GatheredExamples<LabelledTokens>();
        var whole = data.Packing && data.PackingStrategy != "bfd";
        foreach (var (example, row, result, fault) in Tokenized(path, cancel))
        {
            if (result is not { } all)
            {
                var (rule, message, remedy) = Explain(fault!);
                gathered.Refuse(rule, message, remedy, example.Line ?? row);
                continue;
            }

            gathered.Lengths.Add(all.Ids.Length);
            if (all.Ids.Length > data.MaxLength && !whole)
            {
                gathered.Cut(all.Ids.Length - data.MaxLength);
                all = LabelMask.Cut(all, data.MaxLength);
            }

            var scored = all.Labels.Skip(1).Count(l => l != Collation.Ignored);
            if (scored == 0)
            {
                gathered.Refuse("nothing_trained", "No token of this example would be trained.", "Give it an answer, or raise the longest example so that the answer is not cut off.", example.Line ?? row);
                continue;
            }

            gathered.Keep(all, example, all.Ids.Length, scored);
        }

        return gathered.Result();
    }

    /// <summary>Plain texts as tokens, one by one; those that the tokenizer cannot read are noted.</summary>
    public IEnumerable<int[]> ReadTexts(string path, List<Problem> problems, CancellationToken cancel)
    {
        foreach (var (example, row, result, fault) in Tokenized(path, cancel))
        {
            Expect<TextExample>(example, path, row, "plain text");
            if (result is null)
            {
                var (rule, message, remedy) = Explain(fault!);
                Note(problems, rule, message, remedy, example.Line ?? row);
            }
            else if (result.Ids.Length > 0)
            {
                yield return result.Ids;
            }
        }
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
            else if (example is PromptExample asked)
            {
                prompts.Add(Prompt(asked.Prompt, null, asked.Prompt.LastOrDefault()?.Content ?? "", asked.Reference));
            }
            else if (example is PreferenceExample pair)
            {
                prompts.Add(Prompt(pair.Prompt, pair.Tools, pair.Prompt.LastOrDefault()?.Content ?? "", pair.Chosen.FirstOrDefault()?.Content));
            }
            else if (example is FeedbackExample rated)
            {
                prompts.Add(Prompt(rated.Prompt, null, rated.Prompt.LastOrDefault()?.Content ?? "", rated.Label ? rated.Completion.FirstOrDefault()?.Content : null));
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
    public LabelledTokens Tokenize(Example example) => tokenizer.Tokenize(example);

    /// <summary>The examples in order with their tokens, or with what is wrong with the one example; several processors share the work.</summary>
    private IEnumerable<(Example Example, int Row, LabelledTokens? Result, Exception? Fault)> Tokenized(string path, CancellationToken cancel)
    {
        foreach (var chunk in Lines(path).Chunk(ChunkSize))
        {
            cancel.ThrowIfCancellationRequested();
            var results = new LabelledTokens?[chunk.Length];
            var faults = new Exception?[chunk.Length];
            Parallel.For(0, chunk.Length, i =>
            {
                try
                {
                    results[i] = Tokenize(chunk[i].Example);
                }
                catch (Exception fault)
                {
                    // Thrown again below, in the order of the rows, unless it is about this row alone.
                    faults[i] = fault;
                }
            });

            for (var i = 0; i < chunk.Length; i++)
            {
                if (faults[i] is { } fault and not (TemplateException or TokenizationException))
                {
                    ExceptionDispatchInfo.Throw(fault);
                }

                yield return (chunk[i].Example, chunk[i].Row, results[i], faults[i]);
            }
        }
    }

    private static (string Rule, string Message, string Remedy) Explain(Exception fault) => fault switch
    {
        TemplateException { Kind: "SpansNotFound" } => ("turns_not_found", fault.Message, "Change the turns of the example or leave it out."),
        TemplateException => ("template_refused", $"The chat template refuses this conversation: {fault.Message}", "Change the turns of the example or leave it out."),
        _ => ("not_tokenised", $"The tokenizer cannot read this example: {fault.Message}", "Take out what the model's vocabulary does not have."),
    };

    private SamplePrompt Prompt(IReadOnlyList<Message> messages, JsonArray? tools, string text, string? expected) =>
        model.Template is null
            ? new(text, model.Tokenizer.Encode(text).Ids, expected)
            : new(text, tokenizer.Prompt(messages, tools), expected);

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

    internal static void Note(List<Problem> problems, string rule, string message, string remedy, int line)
    {
        if (problems.Count < ProblemLimit)
        {
            problems.Add(new Problem(rule, Severity.Error, message, remedy) { Line = line });
        }
    }
}
