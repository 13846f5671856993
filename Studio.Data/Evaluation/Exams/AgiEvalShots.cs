using System.Text.Json.Nodes;

namespace Studio.Data.Evaluation.Exams;

/// <summary>AGIEval's <c>few_shot_prompts.csv</c>: a column per subject, rows "sample N" with a question as Python writes a dictionary.</summary>
public sealed class AgiEvalShots : ExamFormat
{
    public override string Name => "agieval_shots";

    public override string Title => "AGIEval, few-shot examples (CSV)";

    public override bool Recognises(string fileName, IReadOnlyList<string>? first) =>
        first is { Count: > 1 } && first[0].Length == 0 && Path.GetFileName(fileName).StartsWith("few_shot", StringComparison.OrdinalIgnoreCase);

    public override IEnumerable<ExamLine> Read(string path)
    {
        string[]? header = null;
        foreach (var record in Records(path))
        {
            if (header is null)
            {
                header = record;
            }
            else if (record[0].StartsWith("sample", StringComparison.OrdinalIgnoreCase))
            {
                for (var i = 1; i < Math.Min(record.Length, header.Length); i++)
                {
                    if (record[i].Length == 0)
                    {
                        continue;
                    }

                    var line = PythonLiteral.TryRead(record[i]) is JsonObject row ? ChoiceLines.Line(row) : ExamLine.Skip("bad_row");
                    yield return line.Question is { } read ? read with { Subject = header[i].Trim(), Split = "dev" } : line;
                }
            }
        }
    }
}
