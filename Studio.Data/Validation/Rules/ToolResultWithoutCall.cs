using Studio.Data.Examples;

namespace Studio.Data.Validation.Rules;

/// <summary>Tool results that answer no call.</summary>
public sealed class ToolResultWithoutCall : Rule
{
    public override string Name => "tool_result_without_call";

    public override void Check(Example example, RowReport report)
    {
        var called = false;
        HashSet<string> ids = new(StringComparer.Ordinal);
        foreach (var turn in ExampleTurns.Of(example))
        {
            foreach (var call in turn.Message.ToolCalls ?? [])
            {
                called = true;
                if (call.Id is not null)
                {
                    ids.Add(call.Id);
                }
            }

            if (turn.Message.Role != "tool")
            {
                continue;
            }

            if (!called)
            {
                report.Warn(Name, "A tool message stands before any tool call.", "Add the assistant message that calls the tool.", turn.Field, turn.Message.Content);
            }
            else if (turn.Message.ToolCallId is { } id && ids.Count > 0 && !ids.Contains(id))
            {
                report.Warn(Name, $"No tool call has the id \"{id}\".", "Give the result the id of its call.", turn.Field + ".tool_call_id");
            }
        }
    }
}
