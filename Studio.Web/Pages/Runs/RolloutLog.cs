using System.Text.Json.Nodes;

namespace Studio.Web.Pages.Runs;

/// <summary>An answer that the model gave while it trained, with its reward by part.</summary>
/// <param name="Group">Answers to one prompt have the same number.</param>
/// <param name="Wanted">refuse, answer, or null where the row does not say.</param>
public sealed record RolloutRow(
    int Index, int Group, string Prompt, string Answer, double Reward, IReadOnlyList<KeyValuePair<string, double>> Parts, double Advantage, int Tokens, bool Stopped, string? Reference, string? Wanted);

/// <summary>The answers of a run by step; the newest steps are kept.</summary>
public sealed class RolloutLog
{
    private const int KeptRows = 4000;

    private readonly SortedDictionary<int, List<RolloutRow>> steps = [];
    private int rows;

    public IReadOnlyList<int> Steps => [.. steps.Keys];

    public IReadOnlyList<RolloutRow> At(int step) => steps.TryGetValue(step, out var found) ? found : [];

    /// <summary>Takes in an event; a resumed run that repeats a step replaces it and what came after.</summary>
    internal void Add(int step, JsonObject data)
    {
        var index = (int?)data["index"] ?? 0;
        if (index == 0)
        {
            foreach (var later in steps.Keys.Where(s => s >= step).ToList())
            {
                rows -= steps[later].Count;
                steps.Remove(later);
            }
        }

        while (rows >= KeptRows && steps.Count > 1)
        {
            var oldest = steps.Keys.First();
            rows -= steps[oldest].Count;
            steps.Remove(oldest);
        }

        if (!steps.TryGetValue(step, out var list))
        {
            steps[step] = list = [];
        }

        rows++;
        list.Add(new RolloutRow(
            index,
            (int?)data["group"] ?? 0,
            (string?)data["prompt"] ?? "",
            (string?)data["answer"] ?? "",
            (double?)data["reward"] ?? 0,
            [.. (data["rewards"] as JsonObject ?? []).Select(p => KeyValuePair.Create(p.Key, (double?)p.Value ?? 0))],
            (double?)data["advantage"] ?? 0,
            (int?)data["tokens"] ?? 0,
            (bool?)data["stopped"] ?? true,
            (string?)data["reference"],
            (string?)data["wanted"]));
    }
}
