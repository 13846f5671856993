using Studio.Data.Examples;

namespace Studio.Data.Validation.Rules;

/// <summary>Conversations in which every assistant turn has weight 0.</summary>
public sealed class NothingTrained : Rule
{
    public override string Name => "nothing_trained";

    public override void Check(Example example, RowReport report)
    {
        if (example is ChatExample chat && chat.Messages.Any(m => m.Role == "assistant") && chat.Messages.Where(m => m.Role == "assistant").All(m => m.Weight == 0))
        {
            report.Error(Name, "Every assistant message has weight 0: no token of the row would be trained.", "Give at least one assistant message the weight 1, or remove the row.", "messages");
        }
    }
}
