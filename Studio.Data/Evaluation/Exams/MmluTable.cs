namespace Studio.Data.Evaluation.Exams;

/// <summary>MMLU (Hendrycks et al. 2021): a table without header; question, four choices, letter.</summary>
public sealed class MmluTable : ExamFormat
{
    public override string Name => "mmlu_csv";

    public override string Title => "MMLU (CSV without header)";

    public override bool Recognises(string fileName, IReadOnlyList<string>? first) => first is { Count: >= 4 } && first[^1].Trim() is [>= 'A' and <= 'J'];

    public override IEnumerable<ExamLine> Read(string path) => Records(path).Select(f => f.Length < 4 ? ExamLine.Skip("bad_row") : ExamLine.Of(f[0], f[1..^1], f[^1]));
}
