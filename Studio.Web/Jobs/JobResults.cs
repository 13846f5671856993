using System.Globalization;
using System.Text;
using Studio.Data.Datasets;
using Studio.Data.Jobs;
using Studio.Data.Store;

namespace Studio.Web.Jobs;

/// <summary>What remains of a finished run besides its adapter: the table of its numbers that <c>/v1</c> clients download.</summary>
public sealed class JobResults(StudioDatabase database, DatasetLibrary datasets, JobEvents events, StudioPaths paths)
{
    public const string Header = "step,train_loss,train_accuracy,valid_loss,valid_mean_token_accuracy";

    /// <summary>True when the trainer had finished before and only the record was not written (the host died in between).</summary>
    public bool IsFinished(TrainingJob job, JobFolder folder) =>
        database.Adapters.List(a => a.JobId == job.Id && a.CheckpointStep is null, limit: 1).Count > 0
        || (Directory.Exists(folder.Adapter) && events.ReadAll(job.Id).LastOrDefault(e => e.Type == JobEventTypes.State)?.State is "succeeded");

    /// <summary>Stores the table as a file of purpose fine-tune-results and returns its id.</summary>
    public async Task<string> WriteAsync(TrainingJob job, CancellationToken cancellation)
    {
        using var table = new MemoryStream(Encoding.UTF8.GetBytes(Table(job.Id)));
        var file = await datasets.UploadAsync(table, "step_metrics.csv", "fine-tune-results", job.OwnerId, null, cancellation);
        return file.Id;
    }

    internal string Table(string jobId)
    {
        var series = events.Series(jobId, maxPoints: 0);
        SortedDictionary<int, double?[]> rows = [];
        var column = 0;
        foreach (var metric in new[] { "loss", "mean_token_accuracy", "eval_loss", "eval_mean_token_accuracy" })
        {
            foreach (var point in series.Of(metric))
            {
                if (!rows.TryGetValue(point.Step, out var row))
                {
                    rows[point.Step] = row = new double?[4];
                }

                row[column] = double.IsFinite(point.Value) ? point.Value : null;
            }

            column++;
        }

        var text = new StringBuilder(Header).Append('\n');
        foreach (var (step, row) in rows)
        {
            text.Append(CultureInfo.InvariantCulture, $"{step}");
            foreach (var value in row)
            {
                text.Append(',').Append(value?.ToString("R", CultureInfo.InvariantCulture));
            }

            text.Append('\n');
        }

        return text.ToString();
    }

    /// <summary>Folder of a checkpoint's adapter, null when the checkpoint was pruned.</summary>
    public string? CheckpointAdapter(string jobId, int step)
    {
        var checkpoint = paths.Job(jobId).Checkpoint(step);
        return new[] { Path.Combine(checkpoint, "adapter"), checkpoint }.FirstOrDefault(f => File.Exists(Path.Combine(f, "adapter_config.json")));
    }
}
