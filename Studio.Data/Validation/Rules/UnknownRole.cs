using Studio.Data.Examples;

namespace Studio.Data.Validation.Rules;

/// <summary>Roles other than those that chat templates know.</summary>
public sealed class UnknownRole : Rule
{
    private static readonly string[] Known = ["system", "developer", "user", "assistant", "tool"];

    public override string Name => "unknown_role";

    public override void Check(Example example, RowReport report)
    {
        foreach (var turn in ExampleTurns.Of(example))
        {
            if (Known.Contains(turn.Message.Role))
            {
                continue;
            }

            var meant = turn.Message.Role.Trim().ToLowerInvariant() switch
            {
                "human" or "user" or "prompter" => "user",
                "gpt" or "bot" or "model" or "ai" or "assistant" or "chatgpt" => "assistant",
                "observation" or "function_response" or "ipython" or "tool" => "tool",
                "system" => "system",
                _ => null,
            };
            report.Error(
                Name,
                $"There is no role \"{turn.Message.Role}\".",
                meant is null ? "Use system, developer, user, assistant or tool." : $"Write \"{meant}\" instead.",
                turn.Field + ".role",
                turn.Message.Content);
        }
    }
}
