using Studio.Data.Jobs;
using Studio.Data.Recipes;
using Studio.Data.Validation;
using Studio.Training.Batching;
using Studio.Training.Checkpoints;
using Studio.Training.Lora;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Studio.Training.Methods;

/// <summary>What a method works with.</summary>
public sealed record MethodContext(JobSpec Spec, JobFolder Folder, PretrainedModel Base, LoraAdapter? Adapter, Device Device)
{
    /// <summary>Level (info, warn) and sentence for the person who watches.</summary>
    public Action<string, string> Log { get; init; } = (_, _) => { };

    /// <summary>Puts an event of the method's own into the job's stream (rollouts).</summary>
    public Action<JobEvent> Emit { get; init; } = _ => { };

    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>True when a few batches are run only to measure them: nothing is prepared for the whole data, nothing is written.</summary>
    public bool Rehearsal { get; init; }

    public long Seed => Spec.Recipe.Optimization.Seed;

    /// <summary>Rows per micro-batch.</summary>
    public int BatchSize => Spec.Recipe.Optimization.PerDeviceTrainBatchSize;
}

/// <summary>One micro-batch of a method's own kind.</summary>
public abstract record TrainingBatch : IDisposable
{
    /// <summary>Tokens that the model reads.</summary>
    public required long Tokens { get; init; }

    /// <summary>Labels that are scored: what token losses are divided by.</summary>
    public required double ScoredTokens { get; init; }

    public virtual void Dispose() => GC.SuppressFinalize(this);
}

/// <summary>The micro-batches that make one optimizer step together.</summary>
public sealed record AccumulationWindow(IReadOnlyList<TrainingBatch> Batches) : IDisposable
{
    /// <summary>num_items_in_batch of transformers.</summary>
    public double ScoredTokens { get; } = Batches.Sum(b => b.ScoredTokens);

    public int Count => Batches.Count;

    public void Dispose()
    {
        foreach (var batch in Batches)
        {
            batch.Dispose();
        }
    }
}

/// <summary>The loss of one micro-batch, already divided so that the sum over the window is the loss of the step.</summary>
/// <param name="Metrics">Logged as their mean over the window.</param>
public sealed record BatchLoss(Tensor Loss, IReadOnlyDictionary<string, double> Metrics);

/// <summary>What the data of a job turned into.</summary>
public sealed record PreparedData
{
    public long Examples { get; init; }
    public long ValidationExamples { get; init; }
    public long Tokens { get; init; }
    public long TrainedTokens { get; init; }
    public long TruncatedExamples { get; init; }
    public long TruncatedTokens { get; init; }
    public long UntrainableExamples { get; init; }

    /// <summary>Share of row capacity that stays empty (packing) or is padding.</summary>
    public double PaddingShare { get; init; }

    /// <summary>Tokens of each training example, before rows are cut.</summary>
    public IReadOnlyList<int> Lengths { get; init; } = [];

    public IReadOnlyList<Problem> Problems { get; init; } = [];
}

/// <summary>
/// A training method answers two questions: which batches, and what is their loss. The loop does the rest and never learns which method it runs.
/// </summary>
public abstract class TrainingMethod(MethodContext context) : IDisposable
{
    protected MethodContext Context { get; } = context;

    /// <summary>Reads and tokenises the data of the job. Called once, first.</summary>
    public abstract PreparedData Prepare(CancellationToken cancel);

    /// <summary>Micro-batches of one pass over the data.</summary>
    public abstract int BatchesPerEpoch { get; }

    /// <summary>The micro-batches of an epoch in order, from number <paramref name="skip"/> on. Depends on seed and epoch alone, so that a resumed run sees the same.</summary>
    public abstract IEnumerable<TrainingBatch> Batches(int epoch, int skip);

    public abstract BatchLoss Loss(TrainingBatch batch, AccumulationWindow window);

    /// <summary>Metrics on the validation part (<c>eval_loss</c>, ...); null when there is none.</summary>
    public virtual IReadOnlyDictionary<string, double>? Evaluate(CancellationToken cancel) => null;

    /// <summary>Trained tensors beside the adapter or the base (value heads).</summary>
    public virtual IEnumerable<(string Name, Parameter Parameter)> ExtraParameters => [];

    /// <summary>Tensors of the method that a resumed run needs (running means); written beside the optimizer's.</summary>
    public virtual IEnumerable<(string Name, Tensor Tensor)> State() => [];

    /// <summary>Writes what else a resumed run needs (answers that are still being trained on) as files of a checkpoint.</summary>
    public virtual void Save(string folder)
    {
    }

    /// <summary>Reads what <see cref="Save"/> wrote.</summary>
    public virtual void Load(string folder)
    {
    }

    /// <summary>Micro-batches after which the costs repeat: more than one where answers are sampled first and then trained on.</summary>
    public virtual int BatchesPerCycle => 1;

    /// <summary>Prompts with the answer that the data gives, for the samples that show a person what was learned.</summary>
    public virtual IReadOnlyList<SamplePrompt> SamplePrompts(int count) => [];

    /// <summary>full or lora for most methods; reward where the result is a reward model.</summary>
    public virtual string ResultKind => Context.Adapter is null ? "full" : "lora";

    /// <summary>What the result is for, in PEFT's words. Where it is not CAUSAL_LM, <see cref="ExtraParameters"/> are a part of the result (modules_to_save) and not only of checkpoints.</summary>
    public virtual string TaskType => "CAUSAL_LM";

    public virtual void Dispose() => GC.SuppressFinalize(this);

    /// <summary>Micro-batches that so many rows make.</summary>
    protected int BatchesOf(int rows) => (rows + Context.BatchSize - 1) / Context.BatchSize;

    /// <summary>Numbers of rows in the order of an epoch, shuffled where the recipe says so.</summary>
    protected int[] Order(int rows, int epoch) => Context.Spec.Recipe.Data.Shuffle ? SeededOrder.Permutation(rows, Context.Seed, epoch) : [.. Enumerable.Range(0, rows)];

    /// <summary>The same cut into micro-batches, from number <paramref name="skip"/> on.</summary>
    protected IEnumerable<int[]> Members(int rows, int epoch, int skip) => Order(rows, epoch).Chunk(Context.BatchSize).Skip(skip);
}

/// <summary>A prompt as tokens, as a person reads it, and the answer in the data.</summary>
public sealed record SamplePrompt(string Text, IReadOnlyList<int> Ids, string? Expected);

/// <summary>A method as the trainer starts it.</summary>
public sealed record MethodEntry(string Name, Func<MethodContext, TrainingMethod> Create);

/// <summary>The methods this build can run, by the names of <see cref="TrainingMethods"/>: a new one is a file here and a line below.</summary>
public static class TrainingMethodList
{
    public static IReadOnlyList<MethodEntry> All { get; } =
    [
        new("sft", context => new Sft(context)),
        new("pretrain", context => new PretrainMethod(context)),
        new("dpo", context => new DpoMethod(context)),
        new("orpo", context => new OrpoMethod(context)),
        new("cpo", context => new CpoMethod(context)),
        new("kto", context => new KtoMethod(context)),
        new("bco", context => new BcoMethod(context)),
        new("reward", context => new RewardMethod(context)),
        new("gkd", context => new GkdMethod(context)),
        new("prm", context => new ProcessRewardMethod(context)),
        new("grpo", context => new GrpoMethod(context)),
        new("rloo", context => new RlooMethod(context)),
        new("ppo", context => new PpoMethod(context)),
    ];

    /// <exception cref="ArgumentException">There is no such method.</exception>
    public static TrainingMethod Create(MethodContext context)
    {
        var name = context.Spec.Recipe.Method;
        var entry = All.FirstOrDefault(m => m.Name == name)
            ?? throw new ArgumentException($"There is no training method \"{name}\"; use one of: {string.Join(", ", All.Select(m => m.Name))}.");
        return entry.Create(context);
    }
}
