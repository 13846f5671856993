using System.Reflection;

namespace Studio.Data.Evaluation.Exams;

/// <summary>Which category a subject of a known exam belongs to.</summary>
internal static class ExamSubjects
{
    private static readonly Lazy<Dictionary<string, Dictionary<string, string[]>>> Known = new(() =>
    {
        using var reader = new StreamReader(Assembly.GetExecutingAssembly().GetManifestResourceStream("exam_subjects.json")!);
        return StudioJson.Deserialize<Dictionary<string, Dictionary<string, string[]>>>(reader.ReadToEnd());
    });

    /// <summary>Subject -> category, by the exam that has most of the subjects, since exams share names and sort them differently.</summary>
    public static IReadOnlyDictionary<string, string> Categories(IReadOnlyCollection<string> subjects)
    {
        var exam = Known.Value.Values.MaxBy(e => e.Values.SelectMany(s => s).Count(subjects.Contains))!;
        return exam.SelectMany(c => c.Value.Where(subjects.Contains).Select(s => (s, c.Key))).ToDictionary(p => p.s, p => p.Key, StringComparer.Ordinal);
    }
}
