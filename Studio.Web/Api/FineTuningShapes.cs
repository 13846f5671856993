using System.Globalization;
using System.Text.Json.Nodes;
using Studio.Data.Jobs;
using Studio.Data.Store;
using Studio.Web.Jobs;
using Studio.Web.Serving;

namespace Studio.Web.Api;

/// <summary>Jobs, events and checkpoints as OpenAI writes them.</summary>
public sealed class FineTuningShapes(StudioDatabase database, JobEvents events, ModelDirectory directory)
{
    public JsonObject Job(TrainingJob job)
    {
        var adapter = job.AdapterId is { } id ? database.Adapters.Get(id) : null;
        var optimization = job.Recipe.Optimization;
        var numbers = new JsonObject
        {
            ["n_epochs"] = Whole(optimization.NumTrainEpochs),
            ["batch_size"] = optimization.PerDeviceTrainBatchSize,
            ["learning_rate_multiplier"] = Math.Round(optimization.LearningRate / 2e-4, 12),
        };
        var dpo = job.Recipe.Method == "dpo";
        var methodNumbers = (JsonObject)numbers.DeepClone();
        if (dpo)
        {
            methodNumbers["beta"] = job.Recipe.MethodOptions["beta"]?.DeepClone() ?? 0.1;
        }

        return new JsonObject
        {
            ["id"] = job.Id,
            ["object"] = "fine_tuning.job",
            ["created_at"] = OpenAiLists.Unix(job.CreatedAt),
            ["error"] = job.Failure is { } failure ? new JsonObject { ["code"] = failure.Code, ["message"] = $"{failure.Message} {failure.Remedy}".Trim(), ["param"] = Param(failure.Code) } : null,
            ["fine_tuned_model"] = adapter?.ModelName,
            ["finished_at"] = job.FinishedAt is { } end ? OpenAiLists.Unix(end) : null,
            ["hyperparameters"] = numbers,
            ["model"] = database.BaseModels.Get(job.BaseModelId)?.Name ?? job.BaseModelId,
            ["organization_id"] = Registry.ModelNames.Organization,
            ["result_files"] = job.ResultFileId is { } file ? new JsonArray(file) : [],
            ["seed"] = optimization.Seed,
            ["status"] = Status(job.State),
            ["trained_tokens"] = job.State == JobState.Succeeded ? (int)Math.Min(job.Progress.TrainedTokens, int.MaxValue) : null,
            ["training_file"] = job.TrainingFileId ?? job.Data.Select(d => database.DatasetVersions.Get(d.DatasetVersionId)?.FileId).FirstOrDefault() ?? "",
            ["validation_file"] = job.ValidationFileId,
            ["estimated_finish"] = Estimate(job),
            ["integrations"] = new JsonArray(),
            ["metadata"] = new JsonObject(job.Metadata.Select(m => KeyValuePair.Create(m.Key, (JsonNode?)m.Value))),
            ["user_provided_suffix"] = job.Suffix,
            ["method"] = FineTuningRequests.Reinforcing.Contains(job.Recipe.Method) ? ReinforcementRequests.Shape(job.Recipe, methodNumbers)
                : dpo
                ? new JsonObject { ["type"] = "dpo", ["dpo"] = new JsonObject { ["hyperparameters"] = methodNumbers } }
                : new JsonObject { ["type"] = "supervised", ["supervised"] = new JsonObject { ["hyperparameters"] = methodNumbers } },
        };
    }

    /// <summary>Oldest first; each with an id that stays.</summary>
    public IReadOnlyList<JsonObject> Events(TrainingJob job)
    {
        List<JsonObject> list = [];
        void Add(string place, DateTimeOffset at, string level, string message, string type = "message", JsonObject? data = null) => list.Add(new JsonObject
        {
            ["id"] = $"ftevent-{job.Id["ftjob-".Length..]}-{place}",
            ["object"] = "fine_tuning.job.event",
            ["created_at"] = OpenAiLists.Unix(at),
            ["level"] = level,
            ["message"] = message,
            ["type"] = type,
            ["data"] = data,
        });

        Add("created", job.CreatedAt, "info", $"Created fine-tuning job: {job.Id}");
        if (job.TrainingFileId is { } file)
        {
            Add("files", job.CreatedAt, "info", $"Validating training file: {file}" + (job.ValidationFileId is { } validation ? $" and validation file: {validation}" : ""));
        }

        if (job.StartedAt is { } started)
        {
            Add("started", started, "info", "Fine-tuning job started");
        }

        var happened = events.ReadAll(job.Id);
        for (var i = 0; i < happened.Count; i++)
        {
            var (level, message, data) = Describe(happened[i]);
            if (message is not null)
            {
                Add(string.Create(CultureInfo.InvariantCulture, $"{i}"), happened[i].Time, level, message, data is null ? "message" : "metrics", data);
            }
        }

        if (job.FinishedAt is { } finished)
        {
            if (job.AdapterId is { } id && database.Adapters.Get(id) is { } adapter)
            {
                Add("model", finished, "info", $"New fine-tuned model created: {adapter.ModelName}");
            }

            Add("finished", finished, job.State == JobState.Failed ? "error" : "info", job.State switch
            {
                JobState.Succeeded => "The job has successfully completed",
                JobState.Cancelled => "The job was cancelled",
                _ => $"The job failed: {job.Failure?.Message} {job.Failure?.Remedy}".TrimEnd(),
            });
        }

        return list;
    }

    /// <summary>Newest first.</summary>
    public IReadOnlyList<JsonObject> Checkpoints(TrainingJob job)
    {
        var series = events.Series(job.Id, maxPoints: 0);
        double? At(string metric, int step) => series.Of(metric).LastOrDefault(p => p.Step == step) is { Step: > 0 } point && double.IsFinite(point.Value) ? point.Value : null;

        return
        [
            .. events.ReadAll(job.Id)
                .Where(e => e.Checkpoint is not null)
                .GroupBy(e => e.Checkpoint!.Step)
                .Select(g => g.Last())
                .OrderByDescending(e => e.Checkpoint!.Step)
                .Select(e =>
                {
                    var step = e.Checkpoint!.Step;
                    return new JsonObject
                    {
                        ["id"] = string.Create(CultureInfo.InvariantCulture, $"ftckpt-{job.Id["ftjob-".Length..]}-{step}"),
                        ["object"] = "fine_tuning.job.checkpoint",
                        ["created_at"] = OpenAiLists.Unix(e.Time),
                        ["fine_tuned_model_checkpoint"] = directory.CheckpointName(job, step),
                        ["fine_tuning_job_id"] = job.Id,
                        ["step_number"] = step,
                        ["metrics"] = Numbers(
                            ("step", step),
                            ("train_loss", At("loss", step)),
                            ("train_mean_token_accuracy", At("mean_token_accuracy", step)),
                            ("valid_loss", At("eval_loss", step) ?? e.Checkpoint.EvalLoss),
                            ("valid_mean_token_accuracy", At("eval_mean_token_accuracy", step)),
                            ("full_valid_loss", At("eval_loss", step) ?? e.Checkpoint.EvalLoss),
                            ("full_valid_mean_token_accuracy", At("eval_mean_token_accuracy", step))),
                    };
                }),
        ];
    }

    // "paused" is a state of ours that the SDKs do not list.
    private static string Status(JobState state) => state switch
    {
        JobState.Validating => "validating_files",
        JobState.Queued or JobState.Interrupted or JobState.Paused => "queued",
        JobState.Running => "running",
        JobState.Succeeded => "succeeded",
        JobState.Failed => "failed",
        _ => "cancelled",
    };

    private static string? Param(string code) => code switch
    {
        ValidateFiles.InvalidTrainingFile => "training_file",
        ValidateFiles.InvalidValidationFile => "validation_file",
        _ => null,
    };

    private JsonNode? Estimate(TrainingJob job)
    {
        if (job is not { State: JobState.Running, Progress.EtaSeconds: { } seconds } || !double.IsFinite(seconds))
        {
            return null;
        }

        var newest = events.Series(job.Id).Of("eta_seconds");
        return newest.Count > 0 ? OpenAiLists.Unix(newest[^1].Time) + (long)seconds : null;
    }

    private static JsonNode Whole(double number) => number == Math.Floor(number) ? (int)number : number;

    private static (string Level, string? Message, JsonObject? Data) Describe(JobEvent happened)
    {
        double? Of(string name) => happened.Metrics is { } metrics && metrics.TryGetValue(name, out var value) && double.IsFinite(value) ? value : null;
        var step = happened.Step ?? 0;
        var of = happened.TotalSteps is { } total ? string.Create(CultureInfo.InvariantCulture, $"{step}/{total}") : step.ToString(CultureInfo.InvariantCulture);
        return happened.Type switch
        {
            JobEventTypes.Metrics => ("info", Sentence($"Step {of}: training loss=", Of("loss")), Numbers(("step", step), ("train_loss", Of("loss")), ("train_mean_token_accuracy", Of("mean_token_accuracy")), ("learning_rate", Of("learning_rate")), ("grad_norm", Of("grad_norm")))),
            JobEventTypes.Evaluation => ("info", Sentence($"Step {of}: validation loss=", Of("eval_loss")), Numbers(("step", step), ("valid_loss", Of("eval_loss")), ("valid_mean_token_accuracy", Of("eval_mean_token_accuracy")))),
            JobEventTypes.Checkpoint => ("info", string.Create(CultureInfo.InvariantCulture, $"Checkpoint created at step {happened.Checkpoint?.Step ?? step}"), null),
            JobEventTypes.Log => (happened.Level is "warn" or "error" ? happened.Level : "info", happened.Message, null),
            JobEventTypes.State when happened.State is not ("succeeded" or "failed" or "cancelled") => ("info", $"State: {happened.State}", null),
            JobEventTypes.Failure => ("error", happened.Failure?.Message ?? happened.Message, null),
            _ => ("info", null, null),
        };
    }

    private static string Sentence(string start, double? value) => string.Create(CultureInfo.InvariantCulture, $"{start}{value ?? double.NaN:0.0000}");

    private static JsonObject Numbers(params (string Name, double? Value)[] numbers)
    {
        var result = new JsonObject();
        foreach (var (name, value) in numbers)
        {
            if (value is { } number)
            {
                result[name] = name == "step" ? (int)number : number;
            }
        }

        return result;
    }
}
