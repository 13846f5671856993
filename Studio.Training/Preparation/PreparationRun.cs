using System.Text.Json;
using Studio.Data;
using Studio.Data.Jobs;
using Studio.Data.Preparation;
using Studio.Training.Checkpoints;
using Studio.Training.Evaluation;
using Studio.Training.Generation;
using Studio.Training.Loop;
using Studio.Training.Lora;
using Studio.Training.Native;

namespace Studio.Training.Preparation;

/// <summary>Runs the preparation of a folder: reads <c>spec.json</c>, writes <c>events.jsonl</c>, <c>prepared.jsonl</c> and <c>result.json</c>.</summary>
public sealed class PreparationRun(JobFolder folder, EventWriter events, TimeProvider time)
{
    private const int RowsAtOnce = 64;
    private const int LongestContext = 4096;

    /// <returns>The result; null when the run was interrupted, paused or cancelled and can go on later.</returns>
    /// <exception cref="InvalidDataException">The spec, a file or the model is wrong.</exception>
    /// <exception cref="AdapterException">The adapter does not belong to the base.</exception>
    public async Task<PreparationResult?> RunAsync(StopRequest stop, CancellationToken cancellation)
    {
        var started = time.GetTimestamp();
        var spec = ReadSpec();
        var builder = PreparationBuilders.Of(spec.Kind);
        var context = new PreparationContext(spec, folder);
        var rows = builder.Plan(context);
        if (rows.Count == 0)
        {
            throw new InvalidDataException($"{folder.Spec}: gives no rows; widen the categories or add prompts.");
        }

        events.State("loading");
        TorchRuntime.Load();
        var device = TorchRuntime.ChooseDevice(spec.Device, message => events.Log("info", message));
        var type = TorchRuntime.ChooseBaseType(spec.BaseType, device, message => events.Log("info", message));
        using var model = PretrainedModel.Load(folder.Resolve(spec.BaseModel.Path), new LoadOptions { Device = device, DType = type });
        if (spec.BaseModel.Sha256 is { } wanted && !string.Equals(wanted, model.Sha256, StringComparison.OrdinalIgnoreCase))
        {
            throw new InvalidDataException($"The weights of {spec.BaseModel.Name} have changed: their SHA-256 is {model.Sha256}, the preparation was made for {wanted}.");
        }

        using var lora = spec.AdapterPath is { } path ? AdapterFolder.Read(model.Model, folder.Resolve(path), message => events.Log("warn", message)) : null;
        using var engine = new Engine(model, "base", new EngineOptions { ContextLength = LongestContext, MaxBatch = RowsAtOnce });
        if (lora is not null)
        {
            await engine.LoadAdapterAsync("adapter", folder.Resolve(spec.AdapterPath!), null, cancellation).ConfigureAwait(false);
        }

        context = context with { Model = new EvaluatedModel(model, engine, lora, lora is null ? null : "adapter", time) };
        events.State("preparing");
        var answered = new AnsweredRows(Path.Combine(folder.Root, "answered.jsonl"));
        var asked = rows.Where(r => builder.Asks(context, r)).ToList();

        // Rows of like length together: a batch is as slow as its longest answer.
        var lacking = asked.Where(r => answered.Find(r) is null).OrderBy(r => builder.Tokens(context, r)).ToList();
        var done = asked.Count - lacking.Count;
        foreach (var chunk in lacking.Chunk(RowsAtOnce))
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

            answered.Append(await builder.AnswerAsync(context, chunk, cancellation).ConfigureAwait(false));
            done += chunk.Length;
            events.Metrics(events.New(JobEventTypes.Metrics) with { Step = done, TotalSteps = asked.Count, Message = spec.Kind });
        }

        // A run that was told to stop goes on with the rows it has answers for.
        var complete = rows.Select(r => builder.Asks(context, r) ? answered.Find(r) : r).OfType<PreparedRow>().ToList();
        events.State("saving");
        var finished = builder.Finish(context, complete);
        PreparedRows.Write(Path.Combine(folder.Root, PreparedRows.FileName), finished);
        var result = new PreparationResult
        {
            Rows = finished.Count,
            Groups = finished.GroupBy(r => r.Group).ToDictionary(g => g.Key, g => (long)g.Count()),
            Problems = PreparationWarnings.Of(finished),
            BaseSha256 = model.Sha256,
            FinishedAt = time.GetUtcNow(),
            Seconds = time.GetElapsedTime(started).TotalSeconds,
            GeneratedTokens = context.Model.GeneratedTokens,
        };
        var target = Path.Combine(folder.Root, "result.json");
        await File.WriteAllTextAsync(target + ".partial", JsonSerializer.Serialize(result, StudioJson.Indented), cancellation).ConfigureAwait(false);
        File.Move(target + ".partial", target, overwrite: true);
        events.State("succeeded");
        return result;
    }

    private PreparationSpec ReadSpec()
    {
        if (!File.Exists(folder.Spec))
        {
            throw new FileNotFoundException($"{folder.Spec}: is missing; a preparation folder holds spec.json");
        }

        PreparationSpec spec;
        try
        {
            spec = StudioJson.Deserialize<PreparationSpec>(File.ReadAllText(folder.Spec));
        }
        catch (JsonException fault)
        {
            throw new InvalidDataException($"{folder.Spec}: is not the spec of a preparation ({fault.Message})");
        }

        return spec.Validate() is { Count: > 0 } problems
            ? throw new InvalidDataException($"{folder.Spec}: {string.Join(" ", problems.Select(p => $"{p.Message} {p.Remedy}"))}")
            : spec;
    }
}
