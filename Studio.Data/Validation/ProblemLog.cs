using System.Text.Json;

namespace Studio.Data.Validation;

/// <summary>The problems of a version on disk (<c>problems.jsonl</c>): all are counted, and the first 100,000 of each rule are written.</summary>
public sealed class ProblemLog : IDisposable
{
    private const long MostPerRule = 100_000;

    private readonly FileStream stream;
    private readonly Dictionary<string, long> counts = new(StringComparer.Ordinal);

    public ProblemLog(string folder) => stream = new FileStream(PathIn(folder), FileMode.CreateNew, FileAccess.Write, FileShare.None, 64 * 1024);

    /// <summary>Rule -> how often it was broken.</summary>
    public IReadOnlyDictionary<string, long> Counts => counts;

    public long Errors { get; private set; }

    public long Warnings { get; private set; }

    /// <summary>The first problem that makes the file unusable.</summary>
    public Problem? Fatal { get; private set; }

    public void Add(Problem problem)
    {
        counts[problem.Rule] = counts.GetValueOrDefault(problem.Rule) + 1;
        Errors += problem.Severity >= Severity.Error ? 1 : 0;
        Warnings += problem.Severity == Severity.Warning ? 1 : 0;
        Fatal ??= problem.Severity == Severity.Fatal ? problem : null;
        if (counts[problem.Rule] <= MostPerRule)
        {
            JsonSerializer.Serialize(stream, problem, StudioJson.Options);
            stream.WriteByte((byte)'\n');
        }
    }

    /// <summary>Problems from an offset, of one rule or of all, in the order of the file.</summary>
    public static IReadOnlyList<Problem> Read(string folder, long offset, int count, string? rule)
    {
        var path = PathIn(folder);
        if (!File.Exists(path))
        {
            return [];
        }

        var mark = rule is null ? null : $"{{\"rule\":{StudioJson.Serialize(rule)},";
        return
        [
            .. File.ReadLines(path)
                .Where(line => mark is null || line.StartsWith(mark, StringComparison.Ordinal))
                .Skip((int)Math.Min(offset, int.MaxValue))
                .Take(count)
                .Select(StudioJson.Deserialize<Problem>),
        ];
    }

    public void Dispose() => stream.Dispose();

    private static string PathIn(string folder) => Path.Combine(folder, "problems.jsonl");
}

/// <param name="Total">How many there are in all (of the rule asked for).</param>
public sealed record ProblemPage(long Total, IReadOnlyList<Problem> Problems);
