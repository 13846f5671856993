using Studio.Data.Examples;

namespace Studio.Data.Validation.Rules;

/// <summary>Tool calls without a function name, or with one that the row's tools do not define.</summary>
public sealed class ToolCallName : Rule
{
    public override string Name => "tool_call_name";

    public override void Check(Example example, RowReport report)
    {
        var tools = example switch
        {
            ChatExample chat => chat.Tools,
            PreferenceExample pair => pair.Tools,
            _ => null,
        };
        var defined = tools?.Select(t => t?["function"]?["name"]?.ToString()).ToHashSet(StringComparer.Ordinal);
        foreach (var turn in ExampleTurns.Of(example))
        {
            for (var i = 0; i < (turn.Message.ToolCalls?.Count ?? 0); i++)
            {
                var name = turn.Message.ToolCalls![i].Function.Name;
                var field = FormattableString.Invariant($"{turn.Field}.tool_calls[{i}].function.name");
                if (string.IsNullOrWhiteSpace(name))
                {
                    report.Error(Name, "The tool call has no function name.", "Add the name of the function that is called.", field);
                }
                else if (defined is not null && !defined.Contains(name))
                {
                    report.Warn("unknown_tool", $"The tool \"{name}\" is not defined in the row's tools.", "Add its definition to \"tools\", or correct the name.", field);
                }
            }
        }
    }
}
