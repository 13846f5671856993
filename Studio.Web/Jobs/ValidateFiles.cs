using System.Collections.Concurrent;
using System.Globalization;
using Hangfire;
using Studio.Data.Datasets;
using Studio.Data.Jobs;
using Studio.Data.Store;

namespace Studio.Web.Jobs;

/// <summary>Imports the files that an API client named in a job, and then queues the job or says what is wrong with them.</summary>
public sealed class ValidateFiles(StudioDatabase database, DatasetLibrary datasets, JobQueue queue, TimeProvider time, ILogger<ValidateFiles> logger)
{
    public const string InvalidTrainingFile = "invalid_training_file";
    public const string InvalidValidationFile = "invalid_validation_file";

    // Two jobs on one file share its version instead of importing it twice.
    private readonly ConcurrentDictionary<string, SemaphoreSlim> gates = new(StringComparer.Ordinal);

    [AutomaticRetry(Attempts = 0)]
    public async Task RunAsync(string jobId)
    {
        if (database.Jobs.Get(jobId) is not { State: JobState.Validating, TrainingFileId: { } trainingFile } job)
        {
            queue.Taken(jobId);
            return;
        }

        try
        {
            var training = await VersionOfAsync(trainingFile, job.OwnerId);
            var validation = job.ValidationFileId is { } file ? await VersionOfAsync(file, job.OwnerId) : null;
            var failure = Refusal(training, job, "training_file", InvalidTrainingFile)
                ?? (validation is null ? null : Refusal(validation, job, "validation_file", InvalidValidationFile));
            var decided = database.Jobs.Update(jobId, j => j.State != JobState.Validating ? j
                : failure is not null ? j with { State = JobState.Failed, Failure = failure, FinishedAt = time.GetUtcNow() }
                : j with { State = JobState.Queued, Data = [new DatasetUse(training.Id)], ValidationVersionId = validation?.Id });
            queue.Taken(jobId);
            if (decided?.State == JobState.Queued)
            {
                queue.EnqueueTraining(jobId);
            }
        }
        catch (Exception fault)
        {
            queue.Taken(jobId);
            logger.LogError(fault, "The files of job {JobId} could not be checked", jobId);
            database.Jobs.Update(jobId, j => j.State == JobState.Validating ? j with { State = JobState.Failed, Failure = JobFailures.Of(fault), FinishedAt = time.GetUtcNow() } : j);
        }
    }

    private async Task<DatasetVersion> VersionOfAsync(string fileId, string? ownerId)
    {
        var gate = gates.GetOrAdd(fileId, _ => new SemaphoreSlim(1, 1));
        await gate.WaitAsync();
        try
        {
            var file = database.Files.Get(fileId) ?? throw new InvalidDataException($"The file {fileId} was deleted.");
            if (file.DatasetVersionId is { } known && database.DatasetVersions.Get(known) is { State: DatasetState.Ready or DatasetState.Refused } version)
            {
                return version;
            }

            return await datasets.ImportAsync(fileId, null, Path.GetFileNameWithoutExtension(file.FileName), null, null, CancellationToken.None);
        }
        finally
        {
            gate.Release();
        }
    }

    private JobFailure? Refusal(DatasetVersion version, TrainingJob job, string field, string code)
    {
        if (JobRules.Unusable(version, job.Recipe.Method, field) is not { } problem)
        {
            return null;
        }

        var examples = datasets.Problems(version.Id, 0, 3, null).Problems.Select(p => p.Line is { } line ? string.Create(CultureInfo.InvariantCulture, $"line {line}: {p.Message}") : p.Message);
        var details = string.Join(' ', examples);
        return new JobFailure(code, details.Length > 0 ? $"{problem.Message} {details}" : problem.Message, problem.Remedy);
    }
}
