using Studio.Data.Datasets;
using Studio.Data.Examples;

namespace Studio.Data.Formats;

/// <summary>
/// A prompt and what should follow, as texts or as TRL's message lists: <c>{"prompt", "completion"}</c>.
/// Message lists become a conversation in which only the completion is trained.
/// </summary>
public sealed class PromptCompletion : DatasetFormat
{
    private static readonly FormatField Prompt = new("prompt", FieldShape.TextOrMessages, Required: true, "question", "query", "input", "problem", "user", "human", "ask", "问题", "提问", "问", "输入");
    private static readonly FormatField Completion = new("completion", FieldShape.TextOrMessages, Required: true, "response", "answer", "output", "reply", "assistant", "solution", "回答", "答案", "答", "回复", "输出");
    private static readonly FormatField System = new("system", FieldShape.Text, Required: false, "system_prompt");
    private static readonly FormatField Tools = new("tools", FieldShape.Any, Required: false);

    public override string Name => "prompt_completion";

    public override string Title => "Prompt and completion (question and answer)";

    public override ExampleKind Kind => ExampleKind.Completion;

    public override IReadOnlyList<FormatField> Fields { get; } = [Prompt, Completion, System, Tools];

    public override string Sample => """{"prompt": "What are your opening hours?", "completion": "We are open from 9 to 18."}""";

    public override Example? Normalise(FormatRow row)
    {
        var prompt = row.TextOrMessages(Prompt, "user", out var promptIsText);
        var completion = row.TextOrMessages(Completion, "assistant", out var completionIsText);
        var system = row.Text(System);
        var tools = row.Tools(Tools);
        if (row.Failed || prompt is null || completion is null)
        {
            return null;
        }

        // Names other than prompt and completion mean a question to an assistant, not raw text to continue.
        var raw = promptIsText && completionIsText && row.Column(Prompt) == "prompt" && row.Column(Completion) == "completion" && string.IsNullOrWhiteSpace(system) && tools is null;
        if (raw)
        {
            return new CompletionExample { Prompt = prompt[0].Content ?? "", Completion = completion[0].Content ?? "", Line = row.Line };
        }

        List<Message> messages = [.. prompt.Select(m => m.Role == "assistant" ? m with { Weight = m.Weight ?? 0 } : m), .. completion];
        if (!string.IsNullOrWhiteSpace(system) && messages[0].Role != "system")
        {
            messages.Insert(0, new Message { Role = "system", Content = system });
        }

        return new ChatExample { Messages = messages, Tools = tools, Line = row.Line };
    }
}
