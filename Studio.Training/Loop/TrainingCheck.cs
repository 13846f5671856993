using System.Diagnostics;
using Studio.Data.Jobs;
using Studio.Data.Validation;
using Studio.Training.Methods;
using static TorchSharp.torch;

namespace Studio.Training.Loop;

/// <summary>Prepares a job as training would, runs a few real micro-batches and says what the whole would cost. Nothing in the folder changes.</summary>
public static class TrainingCheck
{
    private const int LargestBatches = 8;
    private static readonly TimeSpan Budget = TimeSpan.FromSeconds(12);
    private static readonly int[] Bounds = [16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384, 32768, int.MaxValue];

    public static CheckReport Run(JobFolder job, TimeProvider time, Action<string, string> log)
    {
        var scratch = Path.Combine(Path.GetTempPath(), "studio-check-" + Guid.NewGuid().ToString("N"));
        try
        {
            using var events = new EventWriter(Path.Combine(scratch, "events.jsonl"), time, entry =>
            {
                if (entry is { Type: JobEventTypes.Log, Message: { } message })
                {
                    log(entry.Level ?? "info", message);
                }
            });
            using var run = new TrainingRun(job, events, time, rehearsal: true);
            run.Load();
            try
            {
                run.Prepare();
            }
            catch (TrainingFailure failure) when (failure.Failure.Code == "bad_data" && run.Prepared is not null)
            {
                return Counts(run) with { Problems = [.. run.Prepared.Problems, new Problem("nothing_to_train", Severity.Fatal, failure.Failure.Message, failure.Failure.Remedy)] };
            }
            catch (TrainingFailure failure) when (failure.Failure.Code is "bad_data" or "bad_option" && run.Prepared is null)
            {
                return new CheckReport { Device = run.Context.Device.ToString(), Problems = [new Problem(failure.Failure.Code, Severity.Fatal, failure.Failure.Message, failure.Failure.Remedy)] };
            }

            return Measure(run, Counts(run));
        }
        finally
        {
            if (Directory.Exists(scratch))
            {
                Directory.Delete(scratch, recursive: true);
            }
        }
    }

    private static CheckReport Counts(TrainingRun run)
    {
        var prepared = run.Prepared;
        var counts = new long[Bounds.Length];
        foreach (var length in prepared.Lengths)
        {
            counts[Array.FindIndex(Bounds, b => length <= b)]++;
        }

        var used = Math.Max(1, Array.FindLastIndex(counts, c => c > 0) + 1);
        return new CheckReport
        {
            Examples = prepared.Examples,
            ValidationExamples = prepared.ValidationExamples,
            Tokens = prepared.Tokens,
            TrainedTokens = prepared.TrainedTokens,
            TruncatedExamples = prepared.TruncatedExamples,
            TruncatedTokens = prepared.TruncatedTokens,
            UntrainableExamples = prepared.UntrainableExamples,
            LengthBounds = [.. Bounds.Take(used)],
            LengthCounts = [.. counts.Take(used)],
            PaddingShare = prepared.PaddingShare,
            Device = run.Context.Device.ToString(),
            BaseType = run.BaseType == ScalarType.BFloat16 ? "bf16" : "fp32",
            AvailableMemoryBytes = ProcessMemory.Available + ProcessMemory.Resident,
            Problems = prepared.Problems,
        };
    }

    private static CheckReport Measure(TrainingRun run, CheckReport report)
    {
        var (perEpoch, total) = TrainingLoop.Steps(run.Spec.Recipe.Optimization, run.Method.BatchesPerEpoch);
        var tensors = TrainedTensors.Of(run.Context, run.Method);
        var parameters = tensors.Sum(t => t.Parameter.numel());
        var spent = Stopwatch.StartNew();
        List<(double Seconds, long Tokens)> laps = [];
        run.Adapter?.SetTraining(true);
        var cycle = run.Method.BatchesPerCycle;
        var lap = Stopwatch.GetTimestamp();
        foreach (var batch in run.Method.Batches(0, 0))
        {
            using (batch)
            {
                using (NewDisposeScope())
                {
                    var loss = run.Method.Loss(batch, new AccumulationWindow([batch]));
                    loss.Loss.backward();
                    Gradients.Clip(tensors, run.Spec.Recipe.Optimization.MaxGradNorm);
                }

                foreach (var tensor in tensors)
                {
                    tensor.Parameter.grad = null!;
                }

                laps.Add((Stopwatch.GetElapsedTime(lap).TotalSeconds, batch.Tokens));
                lap = Stopwatch.GetTimestamp();
            }

            if (laps.Count >= Math.Max(LargestBatches, cycle) || (spent.Elapsed > Budget && laps.Count >= cycle))
            {
                break;
            }
        }

        // The first lap also warms up kernels and memory; where answers are sampled it holds the sampling, which belongs to the whole cycle.
        if (cycle > 1)
        {
            laps = [.. laps.Chunk(cycle).Where(c => c.Length == cycle).Select(c => (c.Sum(l => l.Seconds), c.Sum(l => l.Tokens)))];
        }

        var steady = laps.Count > 1 ? laps[1..] : laps;
        var rates = steady.Select(l => l.Tokens / Math.Max(1e-9, l.Seconds)).Order().ToArray();
        var rate = steady.Sum(l => l.Tokens) / Math.Max(1e-9, steady.Sum(l => l.Seconds));
        var tokensPerBatch = (double)laps.Sum(l => l.Tokens) / laps.Count / cycle;
        var batches = Math.Min((double)total * run.Spec.Recipe.Optimization.GradientAccumulationSteps, run.Spec.Recipe.Optimization.MaxSteps is null ? run.Spec.Recipe.Optimization.NumTrainEpochs * run.Method.BatchesPerEpoch : double.MaxValue);
        var tokens = batches * tokensPerBatch;

        // Evaluations and sample answers come about ten times per run and cost about a tenth of the training on usual splits.
        const double Rest = 1.1;
        return report with
        {
            StepsPerEpoch = perEpoch,
            TotalSteps = total,
            TrainableParameters = parameters,
            TokensPerSecond = rate,
            EstimatedSeconds = tokens / rate * Rest,
            EstimatedSecondsLow = tokens / Math.Max(rate, rates[^1]),
            EstimatedSecondsHigh = tokens / Math.Min(rate, rates[0]) * Rest * 1.25,

            // Peak so far, and the two moments that the optimizer adds.
            EstimatedMemoryBytes = ProcessMemory.Peak + parameters * 8,
        };
    }
}
