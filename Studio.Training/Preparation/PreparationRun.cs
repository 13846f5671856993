using Studio.Data.Jobs;
using Studio.Data.Preparation;
using Studio.Training.Evaluation;
using Studio.Training.Loop;
using Studio.Training.Lora;

namespace Studio.Training.Preparation;

/// <summary>Runs the preparation of a folder: reads <c>spec.json</c>, writes <c>events.jsonl</c>, <c>prepared.jsonl</c> and <c>result.json</c>.</summary>
public sealed class PreparationRun(JobFolder folder, EventWriter events, TimeProvider time)
{
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

        using var models = await AskedModel.LoadAsync(folder, spec.BaseModel, spec.AdapterPath is { } path ? folder.Resolve(path) : null, spec.Device, spec.BaseType, events, time, cancellation).ConfigureAwait(false);
        context = context with { Model = models.AsAdapted() };
        events.State("preparing");
        var answered = new AnswerFile<PreparedRow>(Path.Combine(folder.Root, "answered.jsonl"), row => row.Id);
        var asked = rows.Where(r => builder.Asks(context, r)).ToList();

        // Rows of like length together: a batch is as slow as its longest answer.
        var lacking = asked.Where(r => Answer(r) is null).OrderBy(r => builder.Tokens(context, r)).ToList();
        var rounds = new ItemRounds(stop, events, asked.Count);
        rounds.Skip(asked.Count - lacking.Count);
        if (!await rounds.RunAsync(lacking, spec.Kind, async round => answered.Append(await builder.AnswerAsync(context, round, cancellation).ConfigureAwait(false))).ConfigureAwait(false))
        {
            return null;
        }

        // A run that was told to stop goes on with the rows it has answers for.
        var complete = rows.Select(r => builder.Asks(context, r) ? Answer(r) : r).OfType<PreparedRow>().ToList();
        events.State("saving");
        var finished = builder.Finish(context, complete);
        PreparedRows.Write(Path.Combine(folder.Root, PreparedRows.FileName), finished);
        var result = new PreparationResult
        {
            Rows = finished.Count,
            Groups = finished.GroupBy(r => r.Group).ToDictionary(g => g.Key, g => (long)g.Count()),
            Problems = PreparationWarnings.Of(finished),
            BaseSha256 = models.Weights.Sha256,
            FinishedAt = time.GetUtcNow(),
            Seconds = time.GetElapsedTime(started).TotalSeconds,
            GeneratedTokens = context.Model.GeneratedTokens,
        };
        folder.WriteResult(result);
        events.State("succeeded");
        return result;

        // The stored answer to this very row, or null.
        PreparedRow? Answer(PreparedRow planned) => answered.Find(planned.Id) is { } found && found.Prompt == planned.Prompt && found.Group == planned.Group ? found : null;
    }

    private PreparationSpec ReadSpec()
    {
        var spec = FolderSpec.Read<PreparationSpec>(folder, "a preparation");
        return spec.Validate() is { Count: > 0 } problems
            ? throw new InvalidDataException($"{folder.Spec}: {string.Join(" ", problems.Select(p => $"{p.Message} {p.Remedy}"))}")
            : spec;
    }
}
