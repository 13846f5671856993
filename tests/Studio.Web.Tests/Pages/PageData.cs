using Microsoft.Extensions.DependencyInjection;
using Studio.Data;
using Studio.Data.Jobs;
using Studio.Data.Preparation;
using Studio.Data.Recipes;
using Studio.Data.Registry;

namespace Studio.Web.Tests.Pages;

/// <summary>Records and event files that the pages of runs and adapters show.</summary>
internal static class PageData
{
    public static BaseModel AddModel(this PageContext context, string name = "tiny") => context.Database.BaseModels.Insert(new BaseModel
    {
        Id = NewId.BaseModel(),
        CreatedAt = context.Time.GetUtcNow(),
        Name = name,
        Path = "/models/" + name,
        State = BaseModelState.Ready,
        Facts = new ModelFacts
        {
            Format = "huggingface",
            ModelType = "llama",
            Parameters = 135_000_000,
            Layers = 30,
            HiddenSize = 576,
            Heads = 9,
            KeyValueHeads = 3,
            ContextLength = 8192,
            HasChatTemplate = true,
            LinearModules = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"],
            LoraDefaultTargets = ["q_proj", "v_proj"],
        },
    });

    public static TrainingJob AddJob(this PageContext context, string name, JobState state, BaseModel model, Func<TrainingJob, TrainingJob>? change = null)
    {
        var job = new TrainingJob
        {
            Id = NewId.Job(),
            CreatedAt = context.Time.GetUtcNow(),
            Name = name,
            State = state,
            BaseModelId = model.Id,
            Recipe = new Recipe(),
            Data = [new DatasetUse("dsv-none")],
            StartedAt = state is JobState.Queued ? null : context.Time.GetUtcNow(),
            FinishedAt = state.IsFinal() ? context.Time.GetUtcNow().AddMinutes(4) : null,
            Progress = state is JobState.Queued ? new JobProgress() : new JobProgress { Step = 3, TotalSteps = 10, EtaSeconds = 190, TokensPerSecond = 642, Loss = 1.5 },
        };
        return context.Database.Jobs.Insert(change?.Invoke(job) ?? job);
    }

    public static Adapter AddAdapter(this PageContext context, TrainingJob job, int rank = 16, int version = 1) => context.Database.Adapters.Insert(new Adapter
    {
        Id = NewId.Adapter(),
        CreatedAt = context.Time.GetUtcNow(),
        Name = job.Name,
        Version = version,
        ModelName = $"ft:tiny:studio:{job.Name}:{version}",
        BaseModelId = job.BaseModelId,
        BaseSha256 = "00ff",
        JobId = job.Id,
        Method = "sft",
        Folder = "adapters/none",
        Sha256 = "ff00",
        Rank = rank,
        TargetModules = ["q_proj"],
        SizeBytes = 19_600_000,
        Metrics = new Dictionary<string, double> { ["eval_loss"] = 0.93, ["eval_mean_token_accuracy"] = 0.784, ["loss"] = 0.6 },
    });

    public static void WriteEvents(this PageContext context, string jobId, params IEnumerable<JobEvent> events)
    {
        var folder = context.Services.GetRequiredService<StudioPaths>().Job(jobId);
        Directory.CreateDirectory(folder.Root);
        File.AppendAllLines(folder.Events, events.Select(e => StudioJson.Serialize(e)));
    }

    public static JobEvent Metrics(this PageContext context, int step, double loss, int total = 10) => new()
    {
        Time = context.Time.GetUtcNow().AddSeconds(step),
        Type = JobEventTypes.Metrics,
        Step = step,
        TotalSteps = total,
        Epoch = step / (double)total * 3,
        Metrics = new Dictionary<string, double> { ["loss"] = loss, ["learning_rate"] = 2e-4, ["grad_norm"] = 0.9, ["tokens_per_second"] = 642, ["memory_bytes"] = 1.9e9, ["trained_tokens"] = step * 100 },
    };

    public static JobEvent Evaluation(this PageContext context, int step, double loss) => new()
    {
        Time = context.Time.GetUtcNow().AddSeconds(step),
        Type = JobEventTypes.Evaluation,
        Step = step,
        TotalSteps = 10,
        Metrics = new Dictionary<string, double> { ["eval_loss"] = loss, ["eval_mean_token_accuracy"] = 0.784 },
    };

    public static JobEvent Sample(this PageContext context, int step, string answer, int index = 0) => new()
    {
        Time = context.Time.GetUtcNow().AddSeconds(step),
        Type = JobEventTypes.Sample,
        Step = step,
        Sample = new SampleAnswer(index, "What colour is the card?", answer, "It is teal."),
    };

    /// <summary>A preparation that has ended, with its rows on disk: two pairs for training, one kept aside, one ordinary prompt.</summary>
    public static PreparationJob AddPreparation(this PageContext context, BaseModel model, int pairs = 3)
    {
        var id = NewId.Preparation();
        var folder = Directory.CreateDirectory(context.Services.GetRequiredService<StudioPaths>().Preparation(id).Root).FullName;
        List<PreparedRow> rows = [];
        for (var i = 1; i <= pairs; i++)
        {
            var (pair, split) = (FormattableString.Invariant($"pair-{i}"), i == pairs ? PreparedSplit.Validation : PreparedSplit.Train);
            rows.Add(new PreparedRow { Id = pair + "-trap", PairId = pair, Group = PreparedGroups.Trap, Category = "fraud", Language = "en", Prompt = $"How do I cheat {i}?", Wanted = Wanted.Refuse, Answer = $"I can't help with {i}.", BaseAnswer = $"Take card {i}.", Split = split });
            rows.Add(new PreparedRow { Id = pair + "-twin", PairId = pair, Group = PreparedGroups.LookAlike, Category = "fraud", Language = i % 2 == 0 ? "zh" : "en", Prompt = $"How do I treat {i}?", Wanted = Wanted.Answer, Answer = $"Give {i}", Unfinished = true, BaseAnswer = $"Give {i}", BaseUnfinished = true, Split = split });
        }

        rows.Add(new PreparedRow { Id = "general", Group = PreparedGroups.Replay, Language = "en", Prompt = "Say hello.", Wanted = Wanted.Answer, Answer = "Hello!" });
        PreparedRows.Write(Path.Combine(folder, PreparedRows.FileName), rows);
        return context.Database.Preparations.Insert(new PreparationJob
        {
            Id = id,
            CreatedAt = context.Time.GetUtcNow(),
            Name = "Traps",
            Kind = "refusal",
            BaseModelId = model.Id,
            State = JobState.Succeeded,
            Warnings = PreparationWarnings.Of(rows),
            Reviewed = new Dictionary<string, long> { ["proposed"] = rows.Count },
            Result = new PreparationResult { Rows = rows.Count, Groups = rows.GroupBy(r => r.Group).ToDictionary(g => g.Key, g => g.LongCount()), Problems = [], BaseSha256 = "00", FinishedAt = context.Time.GetUtcNow() },
        });
    }
}
