namespace Studio.Data.Examples;

/// <summary>A turn of an example, where it stands, and whether it is one the model learns to write.</summary>
/// <param name="Field">Path in the normalised example, e.g. <c>messages[2]</c>.</param>
public sealed record ExampleTurn(string Field, Message Message, bool IsAnswer);

/// <summary>Looks at all kinds of examples in the same way: as turns, as texts, by prompt.</summary>
public static class ExampleTurns
{
    public static IEnumerable<ExampleTurn> Of(Example example) => example switch
    {
        ChatExample chat => Turns("messages", chat.Messages, m => m.Role == "assistant"),
        CompletionExample pair =>
        [
            new ExampleTurn("prompt", new Message { Role = "user", Content = pair.Prompt }, false),
            new ExampleTurn("completion", new Message { Role = "assistant", Content = pair.Completion }, true),
        ],
        TextExample text => [new ExampleTurn("text", new Message { Role = "assistant", Content = text.Text }, true)],
        PreferenceExample pair => [.. Turns("prompt", pair.Prompt, _ => false), .. Turns("chosen", pair.Chosen, m => m.Role == "assistant"), .. Turns("rejected", pair.Rejected, m => m.Role == "assistant")],
        FeedbackExample rated => [.. Turns("prompt", rated.Prompt, _ => false), .. Turns("completion", rated.Completion, m => m.Role == "assistant")],
        PromptExample prompt => Turns("prompt", prompt.Prompt, _ => false),
        StepwiseExample solution => [.. Turns("prompt", solution.Prompt, _ => false), .. Turns("steps", [.. solution.Steps.Select(s => new Message { Role = "assistant", Content = s.Text })], _ => true)],
        _ => throw new ArgumentOutOfRangeException(nameof(example), example.GetType().Name, "Unknown kind of example."),
    };

    /// <summary>What the model is asked, as one text: examples with the same prompt belong on the same side of a split.</summary>
    public static string PromptOf(Example example) => example switch
    {
        TextExample text => text.Text,
        CompletionExample pair => pair.Prompt,
        ChatExample chat => Text(chat.Messages.TakeWhile(m => m.Role != "assistant").Where(m => m.Role is not ("system" or "developer"))),
        PreferenceExample pair => Text(pair.Prompt),
        FeedbackExample rated => Text(rated.Prompt),
        PromptExample prompt => Text(prompt.Prompt),
        StepwiseExample solution => Text(solution.Prompt),
        _ => throw new ArgumentOutOfRangeException(nameof(example), example.GetType().Name, "Unknown kind of example."),
    };

    /// <summary>Characters of all texts in an example.</summary>
    public static int Characters(Example example)
    {
        long total = 0;
        foreach (var turn in Of(example))
        {
            total += (turn.Message.Content?.Length ?? 0) + (turn.Message.ReasoningContent?.Length ?? 0);
            foreach (var call in turn.Message.ToolCalls ?? [])
            {
                total += call.Function.Name.Length + (call.Function.Arguments?.ToJsonString(StudioJson.Options).Length ?? 0);
            }
        }

        return (int)Math.Min(total, int.MaxValue);
    }

    private static IEnumerable<ExampleTurn> Turns(string field, IReadOnlyList<Message> messages, Func<Message, bool> isAnswer)
    {
        for (var i = 0; i < messages.Count; i++)
        {
            yield return new ExampleTurn(FormattableString.Invariant($"{field}[{i}]"), messages[i], isAnswer(messages[i]));
        }
    }

    private static string Text(IEnumerable<Message> messages) => string.Join('\n', messages.Select(m => m.Content));
}
