using System.Text.Json.Nodes;

namespace Studio.Data.Formats;

/// <summary>The list of dataset formats, and the detection among them.</summary>
public static class DatasetFormats
{
    /// <summary>From this confidence on, and with this distance to the next one, a format is taken without asking.</summary>
    private const double Sure = 0.75;
    private const double Distance = 0.1;

    public static IReadOnlyList<DatasetFormat> All { get; } =
    [
        new OpenAiChat(),
        new ShareGpt(),
        new Alpaca(),
        new PromptCompletion(),
        new OpenAiPreference(),
        new TrlPreference(),
        new Kto(),
        new Stepwise(),
        new PromptOnly(),
        new PlainTextFormat(),
    ];

    public static DatasetFormat? Find(string name) => All.FirstOrDefault(f => f.Name == name);

    /// <summary>Judges sample rows. A format whose columns are all used by another likely one, which uses more, steps back: prompt and completion with a label are KTO.</summary>
    public static Detection Detect(IReadOnlyList<JsonNode?> samples, IReadOnlyDictionary<string, string>? columns = null)
    {
        columns ??= new Dictionary<string, string>();
        if (samples.Count == 0)
        {
            return new Detection(null, []);
        }

        List<(DatasetFormat Format, double Score, HashSet<string> Columns)> scored = [];
        foreach (var format in All)
        {
            var total = 0.0;
            HashSet<string> used = new(StringComparer.Ordinal);
            foreach (var sample in samples)
            {
                var match = sample is JsonObject fields ? format.Match(fields, columns)
                    : sample is JsonValue text && text.TryGetValue<string>(out _) && format is PlainTextFormat ? new FormatMatch(1, used)
                    : new FormatMatch(0, used);
                total += match.Score;
                if (match.Score > 0)
                {
                    used.UnionWith(match.Columns);
                }
            }

            scored.Add((format, total / samples.Count, used));
        }

        var candidates = scored.Where(s => s.Score > 0.2).ToList();
        candidates.RemoveAll(weak => scored.Any(strong => strong.Score >= weak.Score * 0.8 && strong.Score > 0.2 && strong.Columns.IsProperSupersetOf(weak.Columns)));
        var ranked = candidates.OrderByDescending(s => s.Score).ToList();
        var sure = ranked.Count > 0 && ranked[0].Score >= Sure && (ranked.Count == 1 || ranked[0].Score - ranked[1].Score >= Distance);
        return new Detection(sure ? ranked[0].Format : null, [.. ranked.Select(r => new FormatCandidate(r.Format, r.Score))]);
    }
}

/// <param name="Format">The format, when it is sure.</param>
/// <param name="Candidates">What it may be, best first.</param>
public sealed record Detection(DatasetFormat? Format, IReadOnlyList<FormatCandidate> Candidates);

/// <param name="Confidence">0 to 1.</param>
public sealed record FormatCandidate(DatasetFormat Format, double Confidence);
