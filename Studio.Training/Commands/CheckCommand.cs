using System.CommandLine;
using Studio.Data;
using Studio.Data.Jobs;
using Studio.Training.Loop;

namespace Studio.Training.Commands;

/// <summary><c>check FOLDER</c>: what training the job would see and cost, as a <see cref="CheckReport"/> in JSON.</summary>
public static class CheckCommand
{
    public static Command Create()
    {
        var folder = new Argument<string>("folder") { Description = "Job folder with spec.json and data/." };
        var command = new Command("check", "Tokenise the data of a job and measure a few steps: counts, time and memory before it is queued.") { folder };
        command.SetAction(parsed =>
        {
            var job = new JobFolder(parsed.GetValue(folder)!);
            try
            {
                var report = TrainingCheck.Run(job, TimeProvider.System, (level, message) => Console.Error.WriteLine($"{level}: {message}"));
                Console.Out.WriteLine(StudioJson.Serialize(report));
                return report.Problems.Any(p => p.Severity >= Studio.Data.Validation.Severity.Fatal) ? 1 : 0;
            }
            catch (Exception fault)
            {
                var failure = TrainingFailure.Of(fault);
                Console.Error.WriteLine(failure.Code == "crashed" ? fault.ToString() : $"{failure.Message} {failure.Remedy}");
                return failure.Code == "crashed" ? 3 : 2;
            }
        });
        return command;
    }
}
