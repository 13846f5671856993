using Studio.Data.Examples;

namespace Studio.Data.Validation.Rules;

/// <summary>Turns in an order that chat templates refuse or that is seldom meant.</summary>
public sealed class RoleOrder : Rule
{
    public override string Name => "role_order";

    public override void Check(Example example, RowReport report)
    {
        switch (example)
        {
            case ChatExample chat:
                CheckTurns(chat.Messages, "messages", report);
                break;
            case PreferenceExample pair:
                CheckTurns(pair.Prompt, "prompt", report);
                CheckPromptEnd(pair.Prompt, report);
                break;
            case FeedbackExample rated:
                CheckTurns(rated.Prompt, "prompt", report);
                CheckPromptEnd(rated.Prompt, report);
                break;
            case PromptExample prompt:
                CheckTurns(prompt.Prompt, "prompt", report);
                CheckPromptEnd(prompt.Prompt, report);
                break;
        }
    }

    private void CheckTurns(IReadOnlyList<Message> messages, string field, RowReport report)
    {
        string? before = null;
        for (var i = 0; i < messages.Count; i++)
        {
            var role = messages[i].Role;
            var place = FormattableString.Invariant($"{field}[{i}].role");
            if (role is "system" or "developer")
            {
                if (before is not null)
                {
                    report.Warn(Name, "A system message stands after the conversation has begun; many chat templates refuse that.", "Move it to the beginning.", place, messages[i].Content);
                }

                continue;
            }

            if (before is null && role == "assistant")
            {
                report.Warn(Name, "The conversation begins with the assistant; many chat templates refuse that.", "Begin with a user message, or remove the greeting.", place, messages[i].Content);
            }
            else if (role == before && role is "user" or "assistant")
            {
                report.Warn(Name, $"Two {role} messages follow each other; many chat templates refuse that.", "Join them into one message.", place, messages[i].Content);
            }

            before = role;
        }

        if (field == "messages" && before is not (null or "assistant"))
        {
            report.Warn("ends_without_answer", "The conversation does not end with an assistant message; what comes after the last one teaches nothing.", "Add the answer, or remove the last messages.", FormattableString.Invariant($"{field}[{messages.Count - 1}].role"));
        }
    }

    private void CheckPromptEnd(IReadOnlyList<Message> prompt, RowReport report)
    {
        if (prompt.Count > 0 && prompt[^1].Role is not ("user" or "tool"))
        {
            report.Warn(Name, "The prompt does not end with a user message.", "End the prompt with what is asked.", FormattableString.Invariant($"prompt[{prompt.Count - 1}].role"));
        }
    }
}
