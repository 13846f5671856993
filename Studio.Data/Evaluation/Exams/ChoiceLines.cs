using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Studio.Data.Evaluation.Exams;

/// <summary>
/// JSON lines (or an array) with a question and its choices: AGIEval's passage, question, options, label (Zhong et al. 2023), the choices and answer index of dataset hubs, or lettered fields A, B, C, ...
/// </summary>
public sealed partial class ChoiceLines : ExamFormat
{
    public override string Name => "choice_lines";

    public override string Title => "AGIEval and others (JSON lines)";

    public override bool Recognises(string fileName, IReadOnlyList<string>? first) => first is null;

    public override IEnumerable<ExamLine> Read(string path) => Objects(path).Select(row => row is null ? ExamLine.Skip("bad_row") : Line(row));

    internal static ExamLine Line(JsonObject row)
    {
        List<string> choices = row["options"] is JsonArray options ? [.. options.Select(o => Label().Replace(Text(o) ?? "", ""))]
            : row["choices"] is JsonArray list ? [.. list.Select(o => Text(o) ?? "")]
            : [.. Enumerable.Range(0, 26).Select(i => Text(row[((char)('A' + i)).ToString()])).TakeWhile(c => !string.IsNullOrEmpty(c)).OfType<string>()];
        var answer = row["label"] ?? row["answer"];
        if (answer is JsonArray several)
        {
            if (several.Count != 1)
            {
                return ExamLine.Skip(several.Count == 0 ? "no_answer" : "several_answers");
            }

            answer = several[0];
        }

        var line = ExamLine.Of(Text(row["question"]) ?? Text(row["Question"]) ?? "", choices, Text(answer));
        return line.Question is not { } read ? line : read with
        {
            Id = Text(row["id"]) ?? "",
            Subject = Text(row["subject"]) ?? "",
            Category = Text(row["category"]),
            Passage = Text(row["passage"]) is { Length: > 0 } passage ? passage : null,
            Split = Text(row["split"]) ?? "",
        };
    }

    [GeneratedRegex(@"^\s*\(?[A-Z][).、]\s*", RegexOptions.CultureInvariant)]
    private static partial Regex Label();
}
