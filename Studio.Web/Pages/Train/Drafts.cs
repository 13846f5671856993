using System.Text.Json;
using Studio.Data;
using Studio.Data.Store;

namespace Studio.Web.Pages.Train;

/// <summary>Unfinished runs, as settings of the store.</summary>
public sealed class Drafts(StudioDatabase database, TimeProvider time)
{
    private const string Prefix = "draft-";
    private const int Kept = 30;

    public static string NewId() => Studio.Data.NewId.With(Prefix);

    public TrainDraft? Get(string id) => id.StartsWith(Prefix, StringComparison.Ordinal) && database.Settings.Get(id) is { } setting ? Read(setting) : null;

    /// <summary>Newest first.</summary>
    public IReadOnlyList<TrainDraft> List() => [.. database.Settings.List(s => s.Id.StartsWith(Prefix, StringComparison.Ordinal)).Select(Read).OfType<TrainDraft>().OrderByDescending(d => d.UpdatedAt)];

    /// <summary>Stores the draft and returns it with the time of now.</summary>
    public TrainDraft Save(TrainDraft draft)
    {
        draft = draft with { UpdatedAt = time.GetUtcNow() };
        var json = StudioJson.Serialize(draft);
        if (database.Settings.Update(draft.Id, s => s with { Json = json }) is null)
        {
            database.Settings.Insert(new Setting { Id = draft.Id, CreatedAt = draft.UpdatedAt, Json = json });
            foreach (var old in List().Skip(Kept))
            {
                database.Settings.Delete(old.Id);
            }
        }

        return draft;
    }

    public void Delete(string id)
    {
        if (id.StartsWith(Prefix, StringComparison.Ordinal))
        {
            database.Settings.Delete(id);
        }
    }

    private static TrainDraft? Read(Setting setting)
    {
        try
        {
            return StudioJson.Deserialize<TrainDraft>(setting.Json);
        }
        catch (JsonException)
        {
            // Written by another version of Studio; a draft is not worth a fault.
            return null;
        }
    }
}
