using Studio.Data.Examples;

namespace Studio.Data.Validation.Rules;

/// <summary>Conversations and answers without an assistant turn: there is nothing to learn.</summary>
public sealed class NoAssistantTurn : Rule
{
    public override string Name => "no_assistant_turn";

    public override void Check(Example example, RowReport report)
    {
        (string Field, IReadOnlyList<Message> Messages)[] parts = example switch
        {
            ChatExample chat => [("messages", chat.Messages)],
            PreferenceExample pair => [("chosen", pair.Chosen), ("rejected", pair.Rejected)],
            FeedbackExample rated => [("completion", rated.Completion)],
            _ => [],
        };
        foreach (var (field, messages) in parts)
        {
            if (messages.Count == 0 || messages.All(m => m.Role != "assistant"))
            {
                report.Error(Name, $"\"{field}\" holds no assistant message: there is nothing to learn.", "Add a message with the role \"assistant\".", field);
            }
        }
    }
}
