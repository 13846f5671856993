namespace Studio.Data.Evaluation.Exams;

/// <summary>An exam read from the files in which it is published.</summary>
public sealed record ExamImport
{
    private static readonly string[] Endings = [".csv", ".jsonl", ".json"];

    /// <summary>Questions that are asked (<c>test</c>) and shown as examples (<c>dev</c>).</summary>
    public required IReadOnlyList<ExamQuestion> Questions { get; init; }

    /// <summary>Reason -> lines left out: no_answer, several_answers, no_choices, bad_row, training_part, validation_part.</summary>
    public required IReadOnlyDictionary<string, int> Skipped { get; init; }

    /// <summary>Files that hold no exam.</summary>
    public IReadOnlyList<string> OtherFiles { get; init; } = [];

    /// <summary>
    /// Reads a file, or a folder with all below it. The split comes from the row, the end of the name (<c>_dev</c>, <c>_val</c>, <c>_test</c>) or the folder; the rest of the name is the subject.
    /// Validation questions are asked only where a subject has no test question with an answer, as C-Eval keeps those answers to itself.
    /// </summary>
    /// <exception cref="InvalidDataException">Nothing in it is a question that can be asked; the message says what was found.</exception>
    public static ExamImport Read(string path)
    {
        var files = Directory.Exists(path)
            ? Directory.EnumerateFiles(path, "*", SearchOption.AllDirectories).Where(f => Endings.Contains(Path.GetExtension(f).ToLowerInvariant())).Order(StringComparer.Ordinal).ToList()
            : File.Exists(path) ? [path] : throw new FileNotFoundException($"{path}: there is no such exam file or folder");
        List<ExamQuestion> read = [];
        List<string> others = [];
        SortedDictionary<string, int> skipped = new(StringComparer.Ordinal);
        foreach (var file in files)
        {
            if (FormatOf(file) is not { } format)
            {
                others.Add(Path.GetFileName(file));
                continue;
            }

            var (subject, split) = Place(file);
            var number = 0;
            foreach (var line in format.Read(file))
            {
                number++;
                if (line.Question is not { } question)
                {
                    Skip(line.Reason!);
                    continue;
                }

                question = question with { Subject = question.Subject.Length > 0 ? question.Subject : subject, Split = Known(question.Split) ?? split };
                if (question.Split == "train")
                {
                    Skip("training_part");
                    continue;
                }

                read.Add(question with { Id = string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{question.Subject}/{question.Split}/{(question.Id.Length > 0 ? question.Id : number)}") });
            }
        }

        var tested = read.Where(q => q.Split == "test").Select(q => q.Subject).ToHashSet(StringComparer.Ordinal);
        List<ExamQuestion> kept = [];
        foreach (var question in read)
        {
            if (question.Split != "val")
            {
                kept.Add(question);
            }
            else if (tested.Contains(question.Subject))
            {
                Skip("validation_part");
            }
            else
            {
                kept.Add(question with { Split = "test" });
            }
        }

        if (!kept.Exists(q => q.Split == "test"))
        {
            throw new InvalidDataException($"{Path.GetFileName(path)} holds no exam question with an answer ({(skipped.Count == 0 ? "no row was recognised" : string.Join(", ", skipped.Select(s => $"{s.Key}: {s.Value}")))}). "
                + "Use CSV with question, choices and letter (MMLU), CSV with the header question,A,B,C,D,answer (C-Eval, CMMLU), or JSON lines with question, options and label (AGIEval).");
        }

        var categories = ExamSubjects.Categories(kept.Select(q => q.Subject).ToHashSet(StringComparer.Ordinal));
        return new ExamImport
        {
            Questions = [.. Unique(kept).Select(q => q.Category is null && categories.TryGetValue(q.Subject, out var category) ? q with { Category = category } : q)],
            Skipped = skipped,
            OtherFiles = others,
        };

        void Skip(string reason) => skipped[reason] = skipped.GetValueOrDefault(reason) + 1;
    }

    /// <summary>Writes the questions as rows of the suite <c>exam</c>.</summary>
    public void Write(string path)
    {
        using var writer = new StreamWriter(path);
        foreach (var question in Questions)
        {
            writer.Write(question.ToRow().ToJsonString(StudioJson.Options) + "\n");
        }
    }

    private static IEnumerable<ExamQuestion> Unique(List<ExamQuestion> questions)
    {
        HashSet<string> ids = new(StringComparer.Ordinal);
        foreach (var question in questions)
        {
            var id = question.Id;
            for (var n = 2; !ids.Add(id); n++)
            {
                id = FormattableString.Invariant($"{question.Id}-{n}");
            }

            yield return question with { Id = id };
        }
    }

    private static ExamFormat? FormatOf(string file)
    {
        var first = Path.GetExtension(file).Equals(".csv", StringComparison.OrdinalIgnoreCase) ? ExamFormat.Records(file).FirstOrDefault() ?? [] : null;
        return ExamFormat.All.FirstOrDefault(f => f.Recognises(file, first));
    }

    private static (string Subject, string Split) Place(string file)
    {
        var name = Path.GetFileNameWithoutExtension(file);
        var end = name.LastIndexOf('_');
        if (end > 0 && Known(name[(end + 1)..]) is { } split)
        {
            return (name[..end], split);
        }

        return (name, Known(Path.GetFileName(Path.GetDirectoryName(Path.GetFullPath(file))) ?? "") ?? "test");
    }

    private static string? Known(string split) => split.ToLowerInvariant() switch
    {
        "dev" => "dev",
        "val" or "valid" or "validation" => "val",
        "test" => "test",
        "train" or "auxiliary_train" => "train",
        _ => null,
    };
}
