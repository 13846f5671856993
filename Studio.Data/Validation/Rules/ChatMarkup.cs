using Studio.Data.Examples;

namespace Studio.Data.Validation.Rules;

/// <summary>Marks of chat templates inside the text: the data was rendered already and would be rendered twice.</summary>
public sealed class ChatMarkup : Rule
{
    private static readonly string[] Marks = ["<|im_start|>", "<|im_end|>", "<|endoftext|>", "<|eot_id|>", "<|start_header_id|>", "<start_of_turn>", "<end_of_turn>", "[INST]", "[/INST]", "<<SYS>>", "<|assistant|>", "<|user|>", "<|begin_of_text|>"];

    public override string Name => "chat_markup";

    public override void Check(Example example, RowReport report)
    {
        foreach (var turn in ExampleTurns.Of(example))
        {
            if (turn.Message.Content is { } text && Array.Find(Marks, mark => text.Contains(mark, StringComparison.Ordinal)) is { } found)
            {
                report.Warn(Name, $"The text holds the chat mark {found}: it seems to be rendered with a chat template already.", "Bring plain messages; Studio applies the model's own template.", turn.Field, text);
            }
        }
    }
}
