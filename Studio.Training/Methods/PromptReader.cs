using System.Globalization;
using Studio.Data.Examples;
using Studio.Data.Validation;
using Studio.Training.Rollouts;
using Studio.Training.Templates;
using Studio.Training.Tokenizers;

namespace Studio.Training.Methods;

/// <summary>What prompts without answers turn into.</summary>
internal sealed partial class ExampleReader
{
    /// <summary>Prompts that the model is to answer, with what the data says about good answers: prompts as they are, and of conversations and completions what stands before the last answer.</summary>
    public (IReadOnlyList<PromptTokens> Kept, PreparedData Report) ReadPrompts(string path, CancellationToken cancel)
    {
        List<PromptTokens> kept = [];
        List<Problem> problems = [];
        List<int> lengths = [];
        long untrainable = 0;
        foreach (var (example, row) in Lines(path))
        {
            cancel.ThrowIfCancellationRequested();
            if (AsPrompt(example) is not { } asked)
            {
                if (example is ChatExample)
                {
                    untrainable++;
                    Note(problems, "no_prompt", "This conversation has no turn before the last answer.", "Give it a question, or leave it out.", example.Line ?? row);
                    continue;
                }

                throw new InvalidDataException($"{Path.GetFileName(path)}, line {row}: this method needs prompts and found a {example.GetType().Name}.");
            }

            int[] ids;
            try
            {
                ids = model.Template is null ? model.Tokenizer.Encode(string.Join('\n', asked.Prompt.Select(m => m.Content))).Ids : tokenizer.Prompt(asked.Prompt, null);
            }
            catch (Exception fault) when (fault is TemplateException or TokenizationException)
            {
                untrainable++;
                Note(problems, "template_refused", $"This prompt cannot be written for the model: {fault.Message}", "Change the turns of the prompt or leave it out.", example.Line ?? row);
                continue;
            }

            lengths.Add(ids.Length);
            if (ids.Length > data.MaxLength || ids.Length == 0)
            {
                untrainable++;
                Note(problems, "prompt_length", ids.Length == 0 ? "This prompt is empty." : string.Create(CultureInfo.InvariantCulture, $"This prompt has {ids.Length} tokens, more than the longest example of {data.MaxLength}; it is left out."), "Shorten it, or raise the longest example.", example.Line ?? row);
                continue;
            }

            kept.Add(new PromptTokens(ids, asked));
        }

        return (kept, new PreparedData
        {
            Examples = kept.Count,
            Tokens = kept.Sum(p => (long)p.Ids.Length),
            UntrainableExamples = untrainable,
            Lengths = lengths,
            Problems = problems,
        });
    }

    private static PromptExample? AsPrompt(Example example) => example switch
    {
        PromptExample prompt => prompt.Prompt.Count > 0 ? prompt : null,
        CompletionExample pair => new PromptExample { Prompt = [new Message { Role = "user", Content = pair.Prompt }], Reference = pair.Completion.Trim(), Line = pair.Line },
        ChatExample chat when chat.Messages.ToList().FindLastIndex(m => m.Role == "assistant") is > 0 and var last => new PromptExample { Prompt = [.. chat.Messages.Take(last)], Reference = chat.Messages[last].Content, Line = chat.Line },
        ChatExample { Messages: [.., { Role: "user" }] } open => new PromptExample { Prompt = open.Messages, Line = open.Line },
        _ => null,
    };
}
