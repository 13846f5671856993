using System.Text;
using System.Text.Json.Nodes;
using Studio.Data.Examples;
using Studio.Data.Files;

namespace Studio.Data.Validation.Rules;

/// <summary>Tool calls whose arguments are no JSON object: a model that learns them makes calls that cannot be run.</summary>
public sealed class ToolCallArguments : Rule
{
    public override string Name => "tool_call_arguments";

    public override void Check(Example example, RowReport report)
    {
        foreach (var turn in ExampleTurns.Of(example))
        {
            for (var i = 0; i < (turn.Message.ToolCalls?.Count ?? 0); i++)
            {
                var arguments = turn.Message.ToolCalls![i].Function.Arguments;
                if (arguments is JsonObject or null)
                {
                    continue;
                }

                var text = arguments is JsonValue value && value.TryGetValue<string>(out var written) ? written : arguments.ToJsonString(StudioJson.Options);
                var parsed = JsonText.Parse(Encoding.UTF8.GetBytes(text), out var reason, out _);
                if (reason is not null || parsed is not JsonObject)
                {
                    report.Warn(Name, $"The arguments are not a JSON object{(reason is null ? "" : $": {reason}")}.", "Write them as a JSON object, for example {\"city\": \"Oslo\"}.", FormattableString.Invariant($"{turn.Field}.tool_calls[{i}].function.arguments"), text);
                }
            }
        }
    }
}
