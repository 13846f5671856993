using System.CommandLine;
using Studio.Data;
using Studio.Training.Checkpoints;

namespace Studio.Training.Commands;

/// <summary><c>inspect MODEL</c>: what a model is and what it needs, without loading its weights.</summary>
public static class InspectCommand
{
    public static Command Create()
    {
        var model = new Argument<string>("MODEL") { Description = "Hugging Face folder or GGUF file." };
        var command = new Command("inspect", "Say what a model is: family, size, context, tokenizer, template, LoRA targets, memory.") { model };
        command.SetAction(parse =>
        {
            Console.Out.WriteLine(StudioJson.Serialize(ModelSummary.Of(parse.GetValue(model)!).ToFacts()));
            return ExitCodes.Ok;
        });
        return command;
    }
}
