using System.CommandLine;
using Studio.Training.Commands;

var root = new RootCommand("Trains, checks and serves language models and their adapters.")
{
    GenerateCommand.Create(),
    InspectCommand.Create(),
    ServeCommand.Create(),
    VerifyCommand.Create(),
    RenderCommand.Create(),
    PreviewCommand.Create(),
    TokenizeCommand.Create(),
    TrainCommand.Create(),
    CheckCommand.Create(),
    EvaluateCommand.Create(),
    PrepareCommand.Create(),
    JudgeCommand.Create(),
    ExportCommand.Create(),
    PassportCommand.Create(),
};

var parsed = root.Parse(args);
return await ExitCodes.Of(async () =>
{
    var code = await parsed.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
    return parsed.Errors.Count > 0 ? ExitCodes.BadInput : code;
});
