using System.Text.Json;

namespace Studio.Data.Preparation;

/// <summary>A reviewer's word on one row; null leaves a field as it was.</summary>
public sealed record PreparedChange(string Id)
{
    public ReviewState? State { get; init; }

    public string? Answer { get; init; }

    public string? Note { get; init; }

    /// <summary>The row with this change. A new answer counts as edited unless a state is named.</summary>
    public PreparedRow In(PreparedRow row)
    {
        var answer = Answer?.Trim() ?? row.Answer;
        var edited = answer != row.Answer;
        return row with
        {
            Answer = answer,

            // What a person wrote is whole.
            Unfinished = !edited && row.Unfinished,
            State = State ?? (edited ? ReviewState.Edited : row.State),
            Note = Note is null ? row.Note : Note.Trim() is { Length: > 0 } note ? note : null,
        };
    }
}

/// <summary>
/// The rows of a preparation with what reviewers did to them. Changes are appended to <c>review.jsonl</c> beside <c>prepared.jsonl</c>, so that a decision
/// costs one short write however many rows there are. Members are safe to call from any thread.
/// </summary>
public sealed class PreparedReview
{
    public const string FileName = "review.jsonl";

    private readonly Lock gate = new();
    private readonly string log;
    private readonly Dictionary<string, int> places;
    private readonly PreparedRow[] rows;
    private readonly PreparedRow[] made;

    private PreparedReview(string folder)
    {
        log = Path.Combine(folder, FileName);
        made = [.. PreparedRows.Read(Path.Combine(folder, PreparedRows.FileName))];
        rows = [.. made];
        places = new Dictionary<string, int>(rows.Length, StringComparer.Ordinal);
        for (var i = 0; i < rows.Length; i++)
        {
            places.TryAdd(rows[i].Id, i);
        }
    }

    /// <summary>Reads the rows of a folder and what was decided about them.</summary>
    /// <exception cref="FileNotFoundException">The preparation has written no rows.</exception>
    /// <exception cref="InvalidDataException">A line is no prepared row.</exception>
    public static PreparedReview Open(string folder)
    {
        var review = new PreparedReview(folder);
        foreach (var line in File.Exists(review.log) ? File.ReadLines(review.log) : [])
        {
            try
            {
                if (line.Length > 0)
                {
                    review.Take(StudioJson.Deserialize<PreparedChange>(line));
                }
            }
            catch (JsonException)
            {
                // A line cut short by a crash was never acknowledged.
            }
        }

        // What follows a line cut short must not become part of it.
        if (File.Exists(review.log) && File.ReadAllBytes(review.log) is [.., not (byte)'\n'])
        {
            File.AppendAllText(review.log, "\n");
        }

        return review;
    }

    /// <summary>All rows as they stand now.</summary>
    public IReadOnlyList<PreparedRow> Rows
    {
        get
        {
            lock (gate)
            {
                return [.. rows];
            }
        }
    }

    public PreparedRow? Find(string id)
    {
        lock (gate)
        {
            return places.TryGetValue(id, out var place) ? rows[place] : null;
        }
    }

    /// <summary>Writes changes down and applies them; those of unknown rows are left out.</summary>
    /// <returns>Rows that changed.</returns>
    public int Apply(IReadOnlyList<PreparedChange> changes)
    {
        lock (gate)
        {
            var known = changes.Where(c => places.ContainsKey(c.Id)).Select(Whole).Where(c => c.In(rows[places[c.Id]]) != rows[places[c.Id]]).ToList();
            if (known.Count > 0)
            {
                // One write, so that a crash loses all of it or its end, never the middle.
                File.AppendAllText(log, string.Concat(known.Select(c => StudioJson.Serialize(c) + "\n")));
                known.ForEach(Take);
            }

            return known.Count;
        }
    }

    /// <summary>Taking a decision back brings the answer back as it was made.</summary>
    private PreparedChange Whole(PreparedChange change) => change is { State: ReviewState.Proposed, Answer: null } ? change with { Answer = made[places[change.Id]].Answer } : change;

    private void Take(PreparedChange change)
    {
        if (places.TryGetValue(change.Id, out var place))
        {
            var changed = change.In(rows[place]);

            // Taken back: the answer as it was made is whole or unfinished as before.
            rows[place] = changed.Answer == made[place].Answer ? changed with { Unfinished = made[place].Unfinished } : changed;
        }
    }
}
