using System.Collections.Concurrent;
using Studio.Data;
using Studio.Data.Datasets;
using Studio.Data.Examples;
using Studio.Data.Jobs;
using Studio.Data.Preparation;
using Studio.Data.Store;
using Studio.Data.Validation;
using Studio.Web.Access;

namespace Studio.Web.Jobs;

/// <summary>Which rows of a preparation are meant; null takes all.</summary>
public sealed record PreparedFilter
{
    /// <summary>trap, look_alike, replay, question.</summary>
    public string? Group { get; init; }

    public string? Category { get; init; }

    public string? Language { get; init; }

    public ReviewState? State { get; init; }

    /// <summary>A text in prompt or answer, without regard to case.</summary>
    public string? Search { get; init; }

    public bool Takes(PreparedRow row) =>
        (Group is null || row.Group == Group)
        && (Category is null || (row.Category ?? "") == Category)
        && (Language is null || row.Language == Language)
        && (State is null || row.State == State)
        && (string.IsNullOrWhiteSpace(Search) || Has(row.Prompt) || Has(row.Answer));

    private bool Has(string text) => text.Contains(Search!.Trim(), StringComparison.OrdinalIgnoreCase);
}

/// <param name="Total">Rows that the filter takes.</param>
public sealed record PreparedPage(int Total, IReadOnlyList<PreparedRow> Rows);

/// <summary>The reviews of prepared rows: read, decide, and turn what is left into dataset versions.</summary>
public sealed class PreparedReviews(StudioDatabase database, DatasetLibrary datasets, StudioPaths paths, AuditLog audit)
{
    private const int Remembered = 8;

    private readonly ConcurrentDictionary<string, PreparedReview> open = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim finishing = new(1, 1);

    /// <summary>All rows as they stand; empty while there are none.</summary>
    public IReadOnlyList<PreparedRow> Rows(string preparationId) => Of(preparationId)?.Rows ?? [];

    public PreparedPage Page(string preparationId, PreparedFilter filter, int offset, int count)
    {
        var rows = Rows(preparationId).Where(filter.Takes).ToList();
        return new PreparedPage(rows.Count, [.. rows.Skip(Math.Max(0, offset)).Take(count)]);
    }

    public PreparedRow? Find(string preparationId, string rowId) => Of(preparationId)?.Find(rowId);

    /// <summary>Applies a reviewer's changes and keeps counts and warnings of the preparation in step.</summary>
    /// <returns>Rows that changed.</returns>
    public Outcome<int> Change(string preparationId, IReadOnlyList<PreparedChange> changes, string actor)
    {
        if (database.Preparations.Get(preparationId) is null)
        {
            return Refusals.Missing("preparation", preparationId, "id");
        }

        if (Of(preparationId) is not { } review)
        {
            return Refusals.Conflicting("The rows are not there yet.", "Wait until the preparation has succeeded.");
        }

        if (changes.FirstOrDefault(c => c.Answer is { } answer && string.IsNullOrWhiteSpace(answer)) is { } empty)
        {
            return Refusals.Invalid("answer", $"The answer of row {empty.Id} is empty.", "Write an answer, or reject the row.");
        }

        var changed = review.Apply(changes);
        if (changed > 0)
        {
            Note(preparationId, review);
            audit.Write(actor, "preparation.reviewed", preparationId, FormattableString.Invariant($"{changed} rows"));
        }

        return changed;
    }

    /// <summary>Gives all rows of a filter one state.</summary>
    public Outcome<int> ChangeAll(string preparationId, PreparedFilter filter, ReviewState state, string actor) =>
        Change(preparationId, [.. Rows(preparationId).Where(filter.Takes).Select(r => new PreparedChange(r.Id) { State = state })], actor);

    /// <summary>The rows as a dataset version for methods that need this kind of example; made once and again when reviewers changed something since.</summary>
    public async Task<Outcome<PreparedData>> FinishAsync(string preparationId, ExampleKind kind, string? ownerId, CancellationToken cancellation)
    {
        await finishing.WaitAsync(cancellation);
        try
        {
            if (database.Preparations.Get(preparationId) is not { } preparation)
            {
                return Refusals.Missing("preparation", preparationId, "id");
            }

            if (preparation.State != JobState.Succeeded || Of(preparationId) is not { } review)
            {
                return Refusals.Conflicting("The rows are not there yet.", "Wait until the preparation has succeeded.");
            }

            if (kind is ExampleKind.Completion or ExampleKind.Text)
            {
                return Refusals.Invalid("kind", "Prepared rows become conversations, preference pairs, rated answers or prompts.", "Use chat, preference, feedback or prompt.");
            }

            var known = preparation.Data.FirstOrDefault(d => d.Kind == kind);
            if (known is not null && known.ReviewRevision == preparation.ReviewRevision && IsThere(known.VersionId) && (known.ValidationVersionId is not { } held || IsThere(held)))
            {
                return known;
            }

            var examples = Split(review.Rows, kind);
            if (examples.Train.Count == 0)
            {
                return Refusals.Conflicting("No accepted row can be used in this way.", kind == ExampleKind.Preference ? "Prepare again with the model's own answers to the traps, or choose supervised fine-tuning." : "Take back some rejections.");
            }

            var name = $"{preparation.Name} · {kind.ToString().ToLowerInvariant()}";
            var origin = new DatasetOrigin(DatasetOrigin.Preparation) { PreparationId = preparationId };
            var train = await datasets.DeriveAsync(examples.Train, DatasetOf(known?.VersionId), name, origin, ownerId ?? preparation.OwnerId, cancellation);
            var validation = examples.Validation.Count == 0 ? null
                : await datasets.DeriveAsync(examples.Validation, DatasetOf(known?.ValidationVersionId), name + " (held back)", origin, ownerId ?? preparation.OwnerId, cancellation);
            var data = new PreparedData(kind, train.Id, preparation.ReviewRevision) { ValidationVersionId = validation?.Id };
            database.Preparations.Update(preparationId, p => p with { Data = [.. p.Data.Where(d => d.Kind != kind), data] });
            return data;
        }
        catch (ProblemException refused)
        {
            return refused.Problem;
        }
        finally
        {
            finishing.Release();
        }
    }

    /// <summary>Called when a preparation has written its rows.</summary>
    internal void Begin(string preparationId)
    {
        Forget(preparationId);
        if (Of(preparationId) is { } review)
        {
            Note(preparationId, review, changed: false);
        }
    }

    internal void Forget(string preparationId) => open.TryRemove(preparationId, out _);

    /// <summary>True when accepted rows can become examples of a kind: pairs need the model's own answers, which not every preparation asked for.</summary>
    public bool CanMake(string preparationId, ExampleKind kind) => Of(preparationId) is { } review && Split(review.Rows, kind).Train.Count > 0;

    private static (List<Example> Train, List<Example> Validation) Split(IReadOnlyList<PreparedRow> rows, ExampleKind kind) =>
        ([.. PreparedExamples.Of(kind, rows.Where(r => r.Split == PreparedSplit.Train))], [.. PreparedExamples.Of(kind, rows.Where(r => r.Split == PreparedSplit.Validation))]);

    private bool IsThere(string versionId) => database.DatasetVersions.Get(versionId) is { State: DatasetState.Ready };

    private string? DatasetOf(string? versionId) => versionId is not null && database.DatasetVersions.Get(versionId) is { } version && database.Datasets.Get(version.DatasetId) is not null ? version.DatasetId : null;

    private void Note(string preparationId, PreparedReview review, bool changed = true)
    {
        var rows = review.Rows;
        var counts = rows.GroupBy(r => r.State).ToDictionary(g => StudioJson.Serialize(g.Key).Trim('"'), g => g.LongCount(), StringComparer.Ordinal);
        var warnings = PreparationWarnings.Of(rows);
        database.Preparations.Update(preparationId, p => p with { Reviewed = counts, Warnings = warnings, ReviewRevision = p.ReviewRevision + (changed ? 1 : 0) });
    }

    private PreparedReview? Of(string preparationId)
    {
        if (open.TryGetValue(preparationId, out var known))
        {
            return known;
        }

        if (database.Preparations.Get(preparationId) is not { State: JobState.Succeeded })
        {
            return null;
        }

        if (open.Count >= Remembered)
        {
            open.Clear();
        }

        try
        {
            var folder = paths.Preparation(preparationId).Root;
            return open.GetOrAdd(preparationId, _ => PreparedReview.Open(folder));
        }
        catch (Exception fault) when (fault is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }
}
