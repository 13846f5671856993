using System.Text;
using Studio.Data;
using Studio.Data.Datasets;
using Studio.Data.Reviews;
using Studio.Data.Store;
using Studio.Data.Validation;
using Studio.Web.Access;

namespace Studio.Web.Reviews;

/// <summary>Votes and flagged answers: taken in, reviewed, and made into versions of a preference dataset.</summary>
public sealed class VoteBox(StudioDatabase database, DatasetLibrary datasets, AuditLog audit, TimeProvider time)
{
    public const int MostTurns = 200;

    private const string DatasetSetting = "votes.dataset";
    private const string DatasetName = "Reviewed votes";

    private readonly SemaphoreSlim making = new(1, 1);

    public IReadOnlyList<Vote> List(Func<Vote, bool>? where = null, string? after = null, int limit = int.MaxValue) => database.Votes.List(where, after: after, limit: limit);

    public Vote? Get(string voteId) => database.Votes.Get(voteId);

    /// <summary>Takes a vote in; it counts once a reviewer has accepted it.</summary>
    public Outcome<Vote> Add(Vote vote)
    {
        if (vote.Prompt.Count is 0 or > MostTurns || vote.Prompt[^1].Role == "assistant" || vote.Prompt.All(m => string.IsNullOrWhiteSpace(m.Content)))
        {
            return Refusals.Invalid("messages", $"A vote needs the conversation that was answered: 1 to {MostTurns} messages, the last one not by the assistant.", "Send the messages as they were sent to the model.");
        }

        if (vote.Answers.Count == 0 || vote.Answers.All(a => string.IsNullOrWhiteSpace(a.Text)))
        {
            return Refusals.Invalid("answer", "A vote needs the answer it is about.", "Send the answer as the model gave it.");
        }

        if (vote.Prompt.Sum(m => m.Content?.Length ?? 0) > Vote.LongestText || vote.Answers.Any(a => a.Text.Length > Vote.LongestText) || vote.Edited?.Length > Vote.LongestText || vote.Comment?.Length > Vote.LongestText)
        {
            return Refusals.Invalid("messages", $"The texts are longer than {Vote.LongestText} characters.", "Shorten them.");
        }

        return database.Votes.Insert(vote with { Id = NewId.Vote(), CreatedAt = time.GetUtcNow(), State = ReviewState.Open });
    }

    /// <summary>Replaces what somebody voted while nobody has reviewed it yet.</summary>
    public Outcome<Vote> Change(string voteId, Func<Vote, Vote> change)
    {
        var changed = database.Votes.Update(voteId, v => v.State == ReviewState.Open ? change(v) : v);
        return changed is null ? Refusals.Missing("vote", voteId, "id") : changed;
    }

    /// <summary>A reviewer's word on votes; unknown ones are passed over.</summary>
    /// <returns>How many changed.</returns>
    public int Review(IEnumerable<string> voteIds, ReviewState state, string actor)
    {
        var changed = 0;
        foreach (var id in voteIds.Distinct(StringComparer.Ordinal))
        {
            var before = database.Votes.Get(id);
            if (before is not null && before.State != state
                && database.Votes.Update(id, v => v with { State = state, ReviewedBy = state == ReviewState.Open ? null : actor, ReviewedAt = state == ReviewState.Open ? null : time.GetUtcNow() }) is not null)
            {
                changed++;
            }
        }

        if (changed > 0)
        {
            audit.Write(actor, $"vote.{(state == ReviewState.Open ? "reopened" : state.ToString().ToLowerInvariant())}", null, FormattableString.Invariant($"{changed} votes"));
        }

        return changed;
    }

    /// <summary>Puts a better answer in the place of the preferred one and accepts the vote.</summary>
    public Outcome<Vote> Edit(string voteId, string text, string actor)
    {
        text = text.Trim();
        if (text.Length is 0 or > Vote.LongestText)
        {
            return Refusals.Invalid("text", $"An answer has 1 to {Vote.LongestText} characters.", "Write the answer that the model should give.");
        }

        var changed = database.Votes.Update(voteId, v => v with { Edited = text, State = ReviewState.Accepted, ReviewedBy = actor, ReviewedAt = time.GetUtcNow() });
        if (changed is null)
        {
            return Refusals.Missing("vote", voteId, "id");
        }

        audit.Write(actor, "vote.edited", voteId);
        return changed;
    }

    /// <summary>The pairs that follow from the accepted votes.</summary>
    public VotePairs Pairs() => VotePairs.Of(database.Votes.List(v => v.State == ReviewState.Accepted));

    /// <summary>Makes a new version of the preference dataset from all accepted votes.</summary>
    public async Task<Outcome<DatasetVersion>> MakeDatasetAsync(string actor, string? ownerId, CancellationToken cancellation)
    {
        await making.WaitAsync(cancellation);
        try
        {
            var pairs = Pairs();
            if (pairs.Pairs.Count == 0)
            {
                return Refusals.Conflicting("No pair follows from the accepted votes.", "Accept votes that say which of two different answers is better, or write the better answer.");
            }

            using var body = new MemoryStream(Encoding.UTF8.GetBytes(string.Concat(pairs.Lines().Select(line => line + "\n"))));
            var file = await datasets.UploadAsync(body, "reviewed-votes.jsonl", "fine-tune", ownerId, null, cancellation);
            var version = await datasets.ImportAsync(file.Id, Dataset()?.Id, DatasetName, new ImportChoice("trl_preference"), null, cancellation);
            Remember(version.DatasetId);
            audit.Write(actor, "dataset.imported", version.DatasetId, FormattableString.Invariant($"{pairs.Pairs.Count} pairs from reviewed votes"));
            return version;
        }
        catch (ProblemException fault)
        {
            return Outcome<DatasetVersion>.Refuse([fault.Problem]);
        }
        finally
        {
            making.Release();
        }
    }

    /// <summary>The dataset that votes go into; null before the first version, or when it was deleted.</summary>
    public Dataset? Dataset() => database.Settings.Get(DatasetSetting) is { } setting ? database.Datasets.Get(StudioJson.Deserialize<string>(setting.Json)) : null;

    private void Remember(string datasetId)
    {
        var json = StudioJson.Serialize(datasetId);
        if (database.Settings.Update(DatasetSetting, s => s.Json == json ? s : s with { Json = json }) is null)
        {
            database.Settings.Insert(new Setting { Id = DatasetSetting, CreatedAt = time.GetUtcNow(), Json = json });
        }
    }
}
