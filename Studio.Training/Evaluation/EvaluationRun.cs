using Studio.Data.Evaluation;
using Studio.Data.Jobs;
using Studio.Training.Checkpoints;
using Studio.Training.Loop;
using Studio.Training.Lora;

namespace Studio.Training.Evaluation;

/// <summary>Runs the evaluation of a folder: reads <c>spec.json</c>, writes <c>events.jsonl</c>, <c>items/SUITE.jsonl</c> and <c>result.json</c>.</summary>
public sealed class EvaluationRun(JobFolder folder, EventWriter events, TimeProvider time)
{
    /// <returns>The result; null when the run was interrupted, paused or cancelled and can go on later.</returns>
    /// <exception cref="InvalidDataException">The spec, an items file or the model is wrong.</exception>
    /// <exception cref="AdapterException">The adapter does not belong to the base.</exception>
    public async Task<EvaluationResult?> RunAsync(StopRequest stop, CancellationToken cancellation)
    {
        var started = time.GetTimestamp();
        var spec = ReadSpec();
        var suites = spec.Suites.Select(use => AskedSuite.Read(use, spec.Seed, folder)).ToList();
        var adapterPath = spec.AdapterPath is { } path ? folder.Resolve(path) : null;
        using var models = await AskedModel.LoadAsync(folder, spec.BaseModel, adapterPath, spec.Device, spec.BaseType, events, time, cancellation).ConfigureAwait(false);
        using var beginning = spec is { CompareWithBase: true, AdapterPath: null, ReferenceModel: { } named }
            ? await AskedModel.LoadAsync(folder, named, null, spec.Device, spec.BaseType, events, time, cancellation).ConfigureAwait(false)
            : null;
        using var judge = suites.Exists(s => s.Runner.NeedsJudge) ? Judge.Of(spec.Judge, (beginning ?? models).Weights, folder, models.Device, models.Type, time) : null;
        var reference = beginning is not null ? beginning.AsBase(judge) : models.Adapter is not null ? models.AsBase(judge) : null;
        var evaluated = models.AsAdapted(judge, reference);
        var beside = spec.CompareWithBase ? reference : null;
        var cache = CacheOf(models);
        var baseCache = CacheOf(beginning ?? models);

        events.State("evaluating");
        var rounds = new ItemRounds(stop, events, suites.Sum(s => s.Rows.Items.Count));
        List<Measure> measures = [];
        foreach (var suite in suites)
        {
            var lacking = suite.Rows.Items.Where(i => suite.Answered(i, beside is not null) is null).ToList();
            rounds.Skip(suite.Rows.Items.Count - lacking.Count);
            if (!await rounds.RunAsync(lacking, suite.Runner.Name, AskAsync).ConfigureAwait(false))
            {
                return null;
            }

            measures.AddRange(suite.Measures(beside is not null, spec.Seed));

            async Task AskAsync(SuiteItem[] items)
            {
                var answers = models.Adapter is null
                    ? await cache.AskAsync(suite, evaluated, items, cancellation).ConfigureAwait(false)
                    : await suite.Runner.AnswerAsync(evaluated, suite.Use, items, cancellation).ConfigureAwait(false);
                suite.Keep(items, answers, beside is null ? null : await baseCache.AskAsync(suite, beside, items, cancellation).ConfigureAwait(false));
            }
        }

        events.State("saving");
        var result = new EvaluationResult
        {
            Measures = measures,
            SuiteHashes = suites.ToDictionary(s => s.Runner.Name, s => s.Rows.Sha256),
            BaseSha256 = (beginning ?? models).Weights.Sha256,
            AdapterSha256 = adapterPath is not null ? PretrainedModel.Hash([Path.Combine(adapterPath, AdapterFolder.WeightsFile)]) : beginning is not null ? models.Weights.Sha256 : null,
            FinishedAt = time.GetUtcNow(),
            Seconds = time.GetElapsedTime(started).TotalSeconds,
            Judges = [.. suites.Select(s => s.Runner.Judge).OfType<JudgeAgreement>()],
        };
        folder.WriteResult(result);
        events.State("succeeded");
        return result;

        AnswerCache CacheOf(AskedModel answering) => new(spec.CacheFolder is { } kept ? folder.Resolve(kept) : null, $"{answering.Weights.Sha256}|{answering.Type}");
    }

    private EvaluationSpec ReadSpec()
    {
        var spec = FolderSpec.Read<EvaluationSpec>(folder, "an evaluation");
        if (spec.Suites.Count == 0)
        {
            throw new InvalidDataException($"{folder.Spec}: names no suite; use one or more of: {string.Join(", ", SuiteRunners.All.Select(r => r.Name))}.");
        }

        return spec.Suites.GroupBy(s => s.Suite).FirstOrDefault(g => g.Count() > 1) is { } twice
            ? throw new InvalidDataException($"{folder.Spec}: names the suite {twice.Key} twice.")
            : spec;
    }
}
