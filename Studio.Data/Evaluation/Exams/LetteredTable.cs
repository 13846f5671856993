namespace Studio.Data.Evaluation.Exams;

/// <summary>C-Eval (Huang et al. 2023) and CMMLU (Li et al. 2023): a table whose header names the question, the lettered choices and the answer.</summary>
public sealed class LetteredTable : ExamFormat
{
    public override string Name => "lettered_csv";

    public override string Title => "C-Eval, CMMLU (CSV with header)";

    public override bool Recognises(string fileName, IReadOnlyList<string>? first) =>
        first is not null && Column(first, "question") >= 0 && Column(first, "A") >= 0 && Column(first, "B") >= 0;

    public override IEnumerable<ExamLine> Read(string path)
    {
        string[]? header = null;
        var (question, answer, id) = (-1, -1, -1);
        List<int> letters = [];
        foreach (var record in Records(path))
        {
            if (header is null)
            {
                header = record;
                (question, answer, id) = (Column(header, "question"), Column(header, "answer"), Column(header, "id"));
                letters = [.. Enumerable.Range(0, 26).Select(i => Column(header, ((char)('A' + i)).ToString())).TakeWhile(c => c >= 0)];
                continue;
            }

            if (record.Length <= Math.Max(question, letters.Max()))
            {
                yield return ExamLine.Skip("bad_row");
                continue;
            }

            // A question with fewer choices leaves the last columns empty.
            var choices = letters.Select(c => record[c]).ToList();
            while (choices.Count > 2 && choices[^1].Length == 0)
            {
                choices.RemoveAt(choices.Count - 1);
            }

            var line = ExamLine.Of(record[question], choices, answer >= 0 && answer < record.Length ? record[answer] : null);
            yield return line.Question is { } read && id >= 0 ? read with { Id = record[id] } : line;
        }
    }

    private static int Column(IReadOnlyList<string> header, string name)
    {
        for (var i = 0; i < header.Count; i++)
        {
            if (string.Equals(header[i].Trim(), name, StringComparison.OrdinalIgnoreCase))
            {
                return i;
            }
        }

        return -1;
    }
}
