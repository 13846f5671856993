using System.Globalization;
using System.Text.Json.Nodes;
using Studio.Data.Jobs;
using Studio.Data.Validation;
using Studio.Training.Checkpoints;
using Studio.Training.Lora;
using Studio.Training.Methods;
using Studio.Training.Native;
using static TorchSharp.torch;

namespace Studio.Training.Loop;

/// <summary>A job folder from specification to adapter: what <c>train FOLDER</c> does.</summary>
public sealed class TrainingRun : IDisposable
{
    private readonly JobFolder job;
    private readonly EventWriter events;
    private readonly TimeProvider time;
    private readonly bool rehearsal;

    /// <param name="rehearsal">True measures a few batches and writes nothing into the folder.</param>
    public TrainingRun(JobFolder job, EventWriter events, TimeProvider time, bool rehearsal = false)
    {
        (this.job, this.events, this.time, this.rehearsal) = (job, events, time, rehearsal);
        Spec = ReadSpec(job);
    }

    public JobSpec Spec { get; }

    public PretrainedModel Base { get; private set; } = null!;

    public LoraAdapter? Adapter { get; private set; }

    public TrainingMethod Method { get; private set; } = null!;

    public PreparedData Prepared { get; private set; } = null!;

    public MethodContext Context { get; private set; } = null!;

    public ScalarType BaseType { get; private set; }

    /// <summary>Trains, or goes on where a checkpoint stands, and leaves the result in <c>adapter/</c>.</summary>
    /// <exception cref="TrainingFailure">It cannot be trained; the failure says why and what to do.</exception>
    public LoopEnd Run(StopRequest stop)
    {
        if (ResultFolder.IsWhole(job))
        {
            events.Log("info", "This job is already done.");
            events.State("succeeded");
            return LoopEnd.Done;
        }

        Load();
        Prepare();
        using var loop = new TrainingLoop(Context, Method, events, stop);
        events.Write(events.New(JobEventTypes.Prepared) with { TotalSteps = loop.TotalSteps, Data = Facts(loop) });
        var end = loop.Run();
        switch (end)
        {
            case LoopEnd.Done:
                events.State("saving");
                ResultFolder.Write(Context, Method, loop.State, time);
                events.State("succeeded");
                break;
            case LoopEnd.Paused:
                events.State("paused");
                break;
            case LoopEnd.Cancelled:
                events.State("cancelled");
                break;
            default:
                break;
        }

        return end;
    }

    /// <summary>The base model and its adapter.</summary>
    public void Load()
    {
        events.State("loading");
        var recipe = Spec.Recipe;
        TorchRuntime.Load(recipe.Model.Threads > 0 ? recipe.Model.Threads : null);
        void Say(string line) => events.Log("info", line);
        var device = TorchRuntime.ChooseDevice(recipe.Model.Device, Say);
        BaseType = TorchRuntime.ChooseBaseType(recipe.Model.BaseType, device, Say);
        if (!recipe.Lora.Enabled && BaseType != ScalarType.Float32)
        {
            // Small steps vanish in bf16 weights; the weights themselves are trained here.
            BaseType = ScalarType.Float32;
            Say("base type: fp32 (all weights are trained)");
        }

        Base = PretrainedModel.Load(Spec.BaseModel.Path, new LoadOptions { Device = device, DType = BaseType });
        if (Spec.BaseModel.Sha256 is { Length: > 0 } expected && !string.Equals(expected, Base.Sha256, StringComparison.OrdinalIgnoreCase))
        {
            throw new TrainingFailure("bad_model", $"The base model {Spec.BaseModel.Name} is not the one this job was made for: its hash is {Base.Sha256[..12]}…, expected {expected[..Math.Min(12, expected.Length)]}….", "Restore the original files, or make a new job with the changed model.");
        }

        Adapter = MakeAdapter();
        Context = new MethodContext(Spec, job, Base, Adapter, device)
        {
            Log = events.Log,
            Emit = events.Write,
            Time = time,
            Rehearsal = rehearsal,
        };
    }

    /// <summary>The data as the method sees it.</summary>
    public void Prepare()
    {
        events.State("preparing");
        Method = TrainingMethodList.Create(Context);
        if (Adapter is { Saved.Count: > 0 } && Method.TaskType == "CAUSAL_LM")
        {
            throw new TrainingFailure("bad_adapter", "The adapter to start from is a reward model: it scores answers and does not write them.", "Start from another adapter, or from none.");
        }

        Prepared = Method.Prepare(CancellationToken.None);
        foreach (var problem in Prepared.Problems.Take(20))
        {
            events.Log(problem.Severity >= Severity.Error ? "warn" : "info", problem.Line is { } line ? string.Create(CultureInfo.InvariantCulture, $"line {line}: {problem.Message}") : problem.Message);
        }

        if (Method.BatchesPerEpoch == 0)
        {
            throw new TrainingFailure("bad_data", "No example has anything to train on.", "Check that the examples have answers and that the longest example leaves room for them.");
        }
    }

    public void Dispose()
    {
        Method?.Dispose();
        Adapter?.Dispose();
        Base?.Dispose();
    }

    /// <exception cref="TrainingFailure">spec.json is missing, not valid or asks for impossible values; all faults are named.</exception>
    public static JobSpec ReadSpec(JobFolder job)
    {
        JobSpec spec;
        try
        {
            spec = job.ReadSpec<JobSpec>();
        }
        catch (Exception fault) when (fault is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new TrainingFailure("bad_spec", $"There is no spec.json in {job.Root}.", "Give the folder of a job.");
        }
        catch (System.Text.Json.JsonException fault)
        {
            throw new TrainingFailure("bad_spec", $"spec.json is not a job specification: {fault.Message}", "Write it again, or make the job anew.");
        }

        var problems = spec.Recipe.Validate();
        if (problems.Count > 0)
        {
            throw new TrainingFailure("bad_option", string.Join(" ", problems.Select(p => p.Message)), string.Join(" ", problems.Select(p => p.Remedy).Distinct()));
        }

        return spec;
    }

    private LoraAdapter? MakeAdapter()
    {
        var options = Spec.Recipe.Lora;
        if (!options.Enabled)
        {
            return null;
        }

        if (Spec.StartAdapterPath is { } start)
        {
            return AdapterFolder.Load(Base.Model, job.Resolve(start), message => events.Log("warn", message));
        }

        var config = new LoraConfig
        {
            BaseModel = Spec.BaseModel.Name,
            R = options.R,
            Alpha = options.LoraAlpha,
            Dropout = options.LoraDropout,
            UseRslora = options.UseRslora,
            TargetModules = options.TargetModules.Count == 0 ? null : ModuleMatch.Of(options.TargetModules),
        };
        return LoraAdapter.Wrap(Base.Model, config, Spec.Recipe.Optimization.Seed);
    }

    private JsonObject Facts(TrainingLoop loop) => new()
    {
        ["examples"] = Prepared.Examples,
        ["validation_examples"] = Prepared.ValidationExamples,
        ["tokens"] = Prepared.Tokens,
        ["trained_tokens"] = Prepared.TrainedTokens,
        ["truncated_examples"] = Prepared.TruncatedExamples,
        ["untrainable_examples"] = Prepared.UntrainableExamples,
        ["padding_share"] = Prepared.PaddingShare,
        ["steps_per_epoch"] = loop.StepsPerEpoch,
        ["total_steps"] = loop.TotalSteps,
        ["trainable_parameters"] = loop.TrainableParameters,
        ["device"] = Context.Device.ToString(),
        ["base_type"] = BaseType == ScalarType.BFloat16 ? "bf16" : "fp32",
    };
}
