using System.Globalization;
using Studio.Data.Jobs;
using Studio.Data.Recipes;
using Studio.Training.Batching;
using Studio.Training.Loop.Optimizers;
using Studio.Training.Methods;
using static TorchSharp.torch;

namespace Studio.Training.Loop;

/// <summary>
/// Runs any training method: accumulation, clipping, schedule, evaluation, checkpoints, events, wishes of the host. It asks the method for batches and their loss and knows nothing else about it.
/// </summary>
public sealed class TrainingLoop : IDisposable
{
    private readonly MethodContext context;
    private readonly TrainingMethod method;
    private readonly EventWriter events;
    private readonly StopRequest stop;
    private readonly Recipe recipe;
    private readonly IReadOnlyList<OptimizedTensor> tensors;
    private readonly Optimizer optimizer;
    private readonly Schedule schedule;
    private readonly Throughput throughput;
    private readonly LoopCheckpoints checkpoints;
    private readonly BadSteps badSteps;
    private readonly DiskRoom disk;
    private readonly int evaluateEvery, saveEvery;
    private LoopState state = new();
    private IReadOnlyList<SamplePrompt>? prompts;

    public TrainingLoop(MethodContext context, TrainingMethod method, EventWriter events, StopRequest stop)
    {
        (this.context, this.method, this.events, this.stop) = (context, method, events, stop);
        recipe = context.Spec.Recipe;
        (StepsPerEpoch, TotalSteps) = Steps(recipe.Optimization, method.BatchesPerEpoch);
        tensors = TrainedTensors.Of(context, method);
        optimizer = OptimizerList.Create(tensors, recipe.Optimization);
        var warmup = recipe.Optimization.WarmupSteps ?? (int)Math.Ceiling(recipe.Optimization.WarmupRatio * TotalSteps);
        schedule = Schedule.Create(recipe.Optimization.LrSchedulerType, recipe.Optimization.LearningRate, warmup, TotalSteps);
        throughput = new Throughput(context.Time);
        checkpoints = new LoopCheckpoints(context, method, tensors, optimizer, schedule, message => events.Log("warn", message));
        badSteps = new BadSteps(events);
        disk = new DiskRoom(context.Folder.Root, events, stop);
        evaluateEvery = recipe.Evaluation.EvalSteps > 0 ? recipe.Evaluation.EvalSteps : Math.Max(1, (TotalSteps + 9) / 10);
        saveEvery = recipe.Checkpoints.SaveSteps > 0 ? recipe.Checkpoints.SaveSteps : evaluateEvery;
    }

    public int StepsPerEpoch { get; }

    public int TotalSteps { get; }

    /// <summary>What learns.</summary>
    public IReadOnlyList<OptimizedTensor> Tensors => tensors;

    /// <summary>Where the run stands.</summary>
    public LoopState State => state;

    public long TrainableParameters => tensors.Sum(t => t.Parameter.numel());

    /// <summary>Rates of another trainer to replay, instead of the schedule's.</summary>
    internal Func<int, double>? Rate { get; set; }

    /// <summary>Called after every optimizer step with the metrics that are logged; for tests and benchmarks.</summary>
    internal Action<int, IReadOnlyDictionary<string, double>>? OnStep { get; set; }

    /// <summary>Called with the tensors after the gradients of a step are complete and before they are clipped.</summary>
    internal Action<int, IReadOnlyList<OptimizedTensor>>? OnGradients { get; set; }

    /// <summary>Steps of one pass over the data and of the whole run.</summary>
    public static (int PerEpoch, int Total) Steps(OptimizationOptions options, int batchesPerEpoch)
    {
        var perEpoch = Math.Max(1, (batchesPerEpoch + options.GradientAccumulationSteps - 1) / options.GradientAccumulationSteps);
        return (perEpoch, options.MaxSteps ?? Math.Max(1, (int)Math.Ceiling(options.NumTrainEpochs * perEpoch)));
    }

    /// <summary>Trains to the end or to a wish.</summary>
    /// <exception cref="TrainingFailure">The loss is not a number three times in a row, or the disk is too small.</exception>
    public LoopEnd Run()
    {
        disk.Check(TrainableParameters);
        if (!Resume())
        {
            // The base, before anything is learned.
            Evaluate();
        }

        events.State("training");
        throughput.Start();
        while (state.Step < TotalSteps)
        {
            foreach (var window in Windows())
            {
                using (window)
                {
                    if (Obey(stop.Read()) is { } end)
                    {
                        return end;
                    }

                    // Asking every step would cost more than tiny steps themselves.
                    if (state.Step % 16 == 0 && disk.Wait())
                    {
                        throughput.Start();
                    }

                    if (!TrainStep(window))
                    {
                        return Interrupted();
                    }
                }

                if (state.Step % evaluateEvery == 0 || state.Step == TotalSteps)
                {
                    Evaluate();
                }

                if (state.Step % saveEvery == 0 || state.Step == TotalSteps || state.BestStep == state.Step)
                {
                    Save();
                }

                if (IsStale())
                {
                    events.Log("info", string.Create(CultureInfo.InvariantCulture, $"Stopped early at step {state.Step}: {state.BadEvaluations} evaluations without improvement."));
                    return Finish();
                }

                if (state.Step >= TotalSteps)
                {
                    return Finish();
                }
            }

            state = state with { Epoch = state.Epoch + 1, BatchInEpoch = 0 };
        }

        return Finish();
    }

    public void Dispose() => optimizer.Dispose();

    private IEnumerable<AccumulationWindow> Windows()
    {
        List<TrainingBatch> gathered = [];
        var any = false;
        foreach (var batch in method.Batches(state.Epoch, state.BatchInEpoch))
        {
            any = true;
            gathered.Add(batch);
            if (gathered.Count == recipe.Optimization.GradientAccumulationSteps)
            {
                yield return new AccumulationWindow([.. gathered]);
                gathered.Clear();
            }
        }

        if (gathered.Count > 0)
        {
            yield return new AccumulationWindow([.. gathered]);
        }

        if (!any && state.BatchInEpoch == 0)
        {
            throw new TrainingFailure("bad_data", "There is nothing to train on.", "Give examples whose answers are not empty.");
        }
    }

    /// <returns>False when the process must go before the step is complete; nothing has changed then.</returns>
    private bool TrainStep(AccumulationWindow window)
    {
        var rate = Rate?.Invoke(state.Step) ?? schedule.At(state.Step);
        double loss = 0;
        Dictionary<string, (double Sum, int Count)> sums = new(StringComparer.Ordinal);
        context.Adapter?.SetTraining(true);
        for (var part = 0; part < window.Count; part++)
        {
            if (part > 0 && stop.Interrupted)
            {
                optimizer.ZeroGradients();
                return false;
            }

            using var scope = NewDisposeScope();
            manual_seed(SeededOrder.Seed(context.Seed, state.Step, part));
            var result = method.Loss(window.Batches[part], window);
            loss += result.Loss.item<float>();
            result.Loss.backward();
            foreach (var (name, value) in result.Metrics)
            {
                var (sum, count) = sums.GetValueOrDefault(name);
                sums[name] = (sum + value, count + 1);
            }
        }

        context.Adapter?.SetTraining(false);
        OnGradients?.Invoke(state.Step + 1, tensors);
        var norm = Gradients.Clip(tensors, recipe.Optimization.MaxGradNorm);
        var good = double.IsFinite(loss) && double.IsFinite(norm);
        if (good)
        {
            optimizer.Step(rate);
        }

        optimizer.ZeroGradients();
        var tokens = window.Batches.Sum(b => b.Tokens);
        state = state with
        {
            Step = state.Step + 1,
            BatchInEpoch = state.BatchInEpoch + window.Count,
            Tokens = state.Tokens + tokens,
            TrainedTokens = state.TrainedTokens + (long)Math.Round(window.ScoredTokens),
            LastLoss = good ? loss : state.LastLoss,
            FirstLoss = state.FirstLoss ?? (good ? loss : null),
        };
        throughput.Step(tokens);
        Report(loss, norm, rate, sums);
        badSteps.Take(good, loss, rate, state.Step, checkpoints.SavedStep);
        return true;
    }

    private void Report(double loss, double norm, double rate, Dictionary<string, (double Sum, int Count)> sums)
    {
        Dictionary<string, double> metrics = new(StringComparer.Ordinal)
        {
            ["loss"] = loss,
            ["learning_rate"] = rate,
            ["grad_norm"] = norm,
            ["tokens"] = state.Tokens,
            ["trained_tokens"] = state.TrainedTokens,
            ["tokens_per_second"] = throughput.TokensPerSecond,
            ["memory_bytes"] = ProcessMemory.Resident,
            ["eta_seconds"] = throughput.Remaining(TotalSteps - state.Step),
        };
        foreach (var (name, (sum, count)) in sums)
        {
            metrics[name] = sum / count;
        }

        events.Metrics(Event(JobEventTypes.Metrics) with { Metrics = metrics });
        OnStep?.Invoke(state.Step, metrics);
    }

    private void Evaluate()
    {
        events.State("evaluating");
        if (method.Evaluate(CancellationToken.None) is { } metrics)
        {
            events.Write(Event(JobEventTypes.Evaluation) with { Metrics = metrics });
            var loss = metrics.TryGetValue("eval_loss", out var value) ? value : (double?)null;
            state = state with { LastEvaluation = metrics };
            if (loss is { } measured && state.Step > 0)
            {
                schedule.Plateau?.Observe(measured);
                state = state.BestEvalLoss is { } best && measured >= best
                    ? state with { BadEvaluations = state.BadEvaluations + 1 }
                    : state with { BestEvalLoss = measured, BestStep = state.Step, BadEvaluations = 0 };
            }
        }

        Sample();
        if (state.Step > 0 && state.Step < TotalSteps)
        {
            events.State("training");
        }

        throughput.Start();
    }

    private void Sample()
    {
        prompts ??= recipe.Evaluation.SampleCount > 0 ? method.SamplePrompts(recipe.Evaluation.SampleCount) : [];
        if (prompts.Count == 0)
        {
            return;
        }

        var answers = SampleAnswers.Answer(context.Base, [.. prompts.Select(p => p.Ids)], recipe.Evaluation.SampleMaxTokens, context.Device, () => !stop.Interrupted);
        for (var i = 0; i < prompts.Count && !stop.Interrupted; i++)
        {
            events.Write(Event(JobEventTypes.Sample) with { Sample = new SampleAnswer(i, prompts[i].Text, answers[i], prompts[i].Expected) });
        }
    }

    private bool IsStale() => recipe.Evaluation.EarlyStoppingPatience is { } patience && state.BadEvaluations >= patience;

    private LoopEnd? Obey(Wish wish)
    {
        switch (wish)
        {
            case Wish.GoOn:
                return null;
            case Wish.Interrupt:
                return Interrupted();
            case Wish.Pause:
                SaveUnlessSaved();
                return LoopEnd.Paused;
            case Wish.Stop:
                events.Log("info", string.Create(CultureInfo.InvariantCulture, $"Stopped by request after {state.Step} of {TotalSteps} steps; what is trained is kept."));
                Evaluate();
                SaveUnlessSaved();
                return Finish();
            default:
                return LoopEnd.Cancelled;
        }
    }

    private LoopEnd Interrupted()
    {
        events.Log("warn", "The process was asked to end; a checkpoint is saved.");
        SaveUnlessSaved();
        return LoopEnd.Interrupted;
    }

    private LoopEnd Finish()
    {
        if (recipe.Evaluation.LoadBestModelAtEnd && state.BestStep is { } best && best != state.Step && Directory.Exists(context.Folder.Checkpoint(best)))
        {
            checkpoints.LoadWeights(best);
            events.Log("info", string.Create(CultureInfo.InvariantCulture, $"The result is the checkpoint of step {best} with the lowest validation loss ({state.BestEvalLoss:F4})."));
        }

        return LoopEnd.Done;
    }

    private void SaveUnlessSaved()
    {
        if (state.Step > 0)
        {
            Save();
        }
    }

    private void Save()
    {
        if (state.Step == checkpoints.SavedStep)
        {
            return;
        }

        events.State("saving");
        checkpoints.Save(state with { Seconds = state.Seconds + throughput.Seconds });
        events.Write(Event(JobEventTypes.Checkpoint) with
        {
            Checkpoint = new CheckpointNote(state.Step, $"checkpoints/step-{state.Step.ToString(CultureInfo.InvariantCulture)}", state.BestStep == state.Step, state.LastEvaluation.TryGetValue("eval_loss", out var loss) ? loss : null),
        });
        if (state.Step < TotalSteps)
        {
            events.State("training");
        }

        throughput.Start();
    }

    private bool Resume()
    {
        if (checkpoints.Resume() is not { } resumed)
        {
            return false;
        }

        state = resumed;
        events.Log("info", string.Create(CultureInfo.InvariantCulture, $"Resumed from the checkpoint of step {state.Step} of {TotalSteps}."));
        return true;
    }

    private JobEvent Event(string type) => events.New(type) with
    {
        Step = state.Step,
        TotalSteps = TotalSteps,
        Epoch = method.BatchesPerEpoch == 0 ? 0 : state.Epoch + (double)state.BatchInEpoch / method.BatchesPerEpoch,
    };
}
