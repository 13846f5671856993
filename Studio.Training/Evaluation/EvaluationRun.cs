using System.Text.Json;
using Studio.Data;
using Studio.Data.Evaluation;
using Studio.Data.Jobs;
using Studio.Training.Checkpoints;
using Studio.Training.Generation;
using Studio.Training.Loop;
using Studio.Training.Lora;
using Studio.Training.Native;

namespace Studio.Training.Evaluation;

/// <summary>Runs the evaluation of a folder: reads <c>spec.json</c>, writes <c>events.jsonl</c>, <c>items/SUITE.jsonl</c> and <c>result.json</c>.</summary>
public sealed class EvaluationRun(JobFolder folder, EventWriter events, TimeProvider time)
{
    private const int ItemsAtOnce = 64;
    private const int LongestContext = 4096;

    /// <returns>The result; null when the run was interrupted, paused or cancelled and can go on later.</returns>
    /// <exception cref="InvalidDataException">The spec, an items file or the model is wrong.</exception>
    /// <exception cref="AdapterException">The adapter does not belong to the base.</exception>
    public async Task<EvaluationResult?> RunAsync(StopRequest stop, CancellationToken cancellation)
    {
        var started = time.GetTimestamp();
        var spec = ReadSpec();
        var suites = spec.Suites.Select(use => (Use: use, Runner: SuiteRunners.Of(use.Suite))).ToList();
        var rows = suites.Select(s => SuiteRows.Read(s.Runner, s.Use, spec.Seed, folder.Resolve)).ToList();

        events.State("loading");
        TorchRuntime.Load();
        var device = TorchRuntime.ChooseDevice(spec.Device, message => events.Log("info", message));
        var type = TorchRuntime.ChooseBaseType(spec.BaseType, device, message => events.Log("info", message));
        var loading = new LoadOptions { Device = device, DType = type };
        using var model = Load(spec.BaseModel, loading);
        using var beginning = spec is { CompareWithBase: true, AdapterPath: null, ReferenceModel: { } named } ? Load(named, loading) : null;

        var adapterPath = spec.AdapterPath is { } path ? folder.Resolve(path) : null;
        using var lora = adapterPath is null ? null : AdapterFolder.Read(model.Model, adapterPath, message => events.Log("warn", message));
        using var engine = Serve(model);
        using var beginningEngine = beginning is null ? null : Serve(beginning);
        if (adapterPath is not null)
        {
            await engine.LoadAdapterAsync("adapter", adapterPath, null, cancellation).ConfigureAwait(false);
        }

        using var judge = suites.Exists(s => s.Runner.NeedsJudge) ? Judge.Of(spec.Judge, beginning ?? model, folder, device, type, time) : null;
        var reference = beginning is not null ? new EvaluatedModel(beginning, beginningEngine!, null, null, time) { Judge = judge }
            : lora is not null ? new EvaluatedModel(model, engine, null, null, time) { Judge = judge }
            : null;
        var evaluated = new EvaluatedModel(model, engine, lora, lora is null ? null : "adapter", time) { Judge = judge, Reference = reference };
        var beside = spec.CompareWithBase ? reference : null;
        var cache = CacheOf(model);
        var baseCache = beginning is null ? cache : CacheOf(beginning);

        events.State("evaluating");
        var total = rows.Sum(r => r.Items.Count);
        var done = 0;
        List<Measure> measures = [];
        foreach (var ((use, runner), asked) in suites.Zip(rows))
        {
            var file = new EvaluatedItems(Path.Combine(folder.Root, "items", $"{runner.Name}.jsonl"));
            var lacking = asked.Items.Where(i => file.Find(i, beside is not null) is null).ToList();
            done += asked.Items.Count - lacking.Count;

            // Said before the first answers, which can take minutes: how much there is, and what was kept.
            events.Metrics(events.New(JobEventTypes.Metrics) with { Step = done, TotalSteps = total, Message = runner.Name });
            foreach (var chunk in lacking.Chunk(ItemsAtOnce))
            {
                var wish = stop.Read();
                if (wish is Wish.Cancel or Wish.Pause or Wish.Interrupt)
                {
                    events.State(wish == Wish.Cancel ? "cancelled" : "paused");
                    return null;
                }

                if (wish == Wish.Stop)
                {
                    break;
                }

                var answers = lora is null ? await AskKeptAsync(chunk, evaluated, cache).ConfigureAwait(false) : await runner.AnswerAsync(evaluated, use, chunk, cancellation).ConfigureAwait(false);
                var others = beside is null ? null : await AskKeptAsync(chunk, beside, baseCache).ConfigureAwait(false);
                file.Append([.. chunk.Select((item, i) => new EvaluatedItem
                {
                    Id = item.Id,
                    Group = item.Group,
                    Prompt = item.Prompt,
                    Expected = item.Expected,
                    Answer = answers[i].Text,
                    Scores = answers[i].Scores,
                    BaseAnswer = others?[i].Text,
                    BaseScores = others?[i].Scores,
                })]);
                done += chunk.Length;
                events.Metrics(events.New(JobEventTypes.Metrics) with { Step = done, TotalSteps = total, Message = runner.Name });
            }

            var found = asked.Items.Select(i => file.Find(i, beside is not null)).OfType<EvaluatedItem>().ToList();
            measures.AddRange(SuiteMeasures.Of(runner, found, spec.Seed));

            async Task<IReadOnlyList<ItemAnswer>> AskKeptAsync(SuiteItem[] items, EvaluatedModel asked, AnswerCache kept)
            {
                var known = items.Select(i => runner.Cacheable ? kept.Find(use, i) : null).ToArray();
                var open = Enumerable.Range(0, items.Length).Where(i => known[i] is null).ToArray();
                var fresh = open.Length == 0 ? [] : await runner.AnswerAsync(asked, use, [.. open.Select(i => items[i])], cancellation).ConfigureAwait(false);
                for (var i = 0; i < open.Length; i++)
                {
                    known[open[i]] = fresh[i];
                    if (runner.Cacheable)
                    {
                        kept.Store(use, items[open[i]], fresh[i]);
                    }
                }

                return [.. known.Select(k => k!)];
            }
        }

        var result = new EvaluationResult
        {
            Measures = measures,
            SuiteHashes = suites.Zip(rows).ToDictionary(p => p.First.Runner.Name, p => p.Second.Sha256),
            BaseSha256 = (beginning ?? model).Sha256,
            AdapterSha256 = adapterPath is not null ? PretrainedModel.Hash([Path.Combine(adapterPath, AdapterFolder.WeightsFile)]) : beginning is not null ? model.Sha256 : null,
            FinishedAt = time.GetUtcNow(),
            Seconds = time.GetElapsedTime(started).TotalSeconds,
            Judges = [.. suites.Select(s => s.Runner.Judge).OfType<JudgeAgreement>()],
        };
        events.State("saving");
        var target = Path.Combine(folder.Root, "result.json");
        await File.WriteAllTextAsync(target + ".partial", JsonSerializer.Serialize(result, StudioJson.Indented), cancellation).ConfigureAwait(false);
        File.Move(target + ".partial", target, overwrite: true);
        events.State("succeeded");
        return result;

        Engine Serve(PretrainedModel served) => new(served, "base", new EngineOptions { ContextLength = LongestContext, MaxBatch = ItemsAtOnce });

        AnswerCache CacheOf(PretrainedModel answering) => new(spec.CacheFolder is { } shared ? folder.Resolve(shared) : null, $"{answering.Sha256}|{type}");
    }

    private PretrainedModel Load(ModelReference reference, LoadOptions options)
    {
        var model = PretrainedModel.Load(folder.Resolve(reference.Path), options);
        if (reference.Sha256 is { } wanted && !string.Equals(wanted, model.Sha256, StringComparison.OrdinalIgnoreCase))
        {
            using (model)
            {
                throw new InvalidDataException($"The weights of {reference.Name} have changed: their SHA-256 is {model.Sha256}, the evaluation was made for {wanted}.");
            }
        }

        return model;
    }

    private EvaluationSpec ReadSpec()
    {
        if (!File.Exists(folder.Spec))
        {
            throw new FileNotFoundException($"{folder.Spec}: is missing; an evaluation folder holds spec.json");
        }

        EvaluationSpec spec;
        try
        {
            spec = StudioJson.Deserialize<EvaluationSpec>(File.ReadAllText(folder.Spec));
        }
        catch (JsonException fault)
        {
            throw new InvalidDataException($"{folder.Spec}: is not the spec of an evaluation ({fault.Message})");
        }

        if (spec.Suites.Count == 0)
        {
            throw new InvalidDataException($"{folder.Spec}: names no suite; use one or more of: {string.Join(", ", SuiteRunners.All.Select(r => r.Name))}.");
        }

        return spec.Suites.GroupBy(s => s.Suite).FirstOrDefault(g => g.Count() > 1) is { } twice
            ? throw new InvalidDataException($"{folder.Spec}: names the suite {twice.Key} twice.")
            : spec;
    }
}
