using System.Text.Json.Nodes;

namespace Studio.Data.Evaluation.Exams;

/// <summary>A multiple-choice question of an exam.</summary>
/// <param name="Answer">Index of the right choice, from 0.</param>
public sealed record ExamQuestion(string Question, IReadOnlyList<string> Choices, int Answer)
{
    public string Id { get; init; } = "";

    public string Subject { get; init; } = "";

    /// <summary>Group of subjects (STEM, Humanities, ...); null where the exam is not known.</summary>
    public string? Category { get; init; }

    /// <summary>Text that stands before the question.</summary>
    public string? Passage { get; init; }

    /// <summary><c>dev</c> questions are shown as examples, <c>test</c> questions are asked.</summary>
    public string Split { get; init; } = "";

    /// <summary>The question as a row of the suite <c>exam</c>.</summary>
    public JsonObject ToRow()
    {
        var row = new JsonObject { ["id"] = Id, ["subject"] = Subject };
        if (Category is not null)
        {
            row["category"] = Category;
        }

        row["split"] = Split;
        if (Passage is not null)
        {
            row["passage"] = Passage;
        }

        row["question"] = Question;
        row["choices"] = new JsonArray([.. Choices.Select(c => JsonValue.Create(c))]);
        row["answer"] = ((char)('A' + Answer)).ToString();
        return row;
    }
}

/// <summary>What a line of an exam file turned out to be: a question, or the reason why it is left out.</summary>
/// <param name="Reason">no_answer, several_answers, no_choices, bad_row or training_part.</param>
public readonly record struct ExamLine(ExamQuestion? Question, string? Reason)
{
    public static implicit operator ExamLine(ExamQuestion question) => new(question, null);

    public static ExamLine Skip(string reason) => new(null, reason);

    /// <summary>A question from a letter, index or text of the right choice.</summary>
    public static ExamLine Of(string question, IReadOnlyList<string> choices, string? answer)
    {
        choices = [.. choices.Select(c => c.Trim())];
        if (string.IsNullOrWhiteSpace(question))
        {
            return Skip("bad_row");
        }

        if (choices.Count < 2)
        {
            return Skip("no_choices");
        }

        var given = answer?.Trim().Trim('(', ')') ?? "";
        if (given.Length == 0)
        {
            return Skip("no_answer");
        }

        if (given.Length > 1 && given.All(c => c is >= 'A' and <= 'Z') && given.All(c => c - 'A' < choices.Count))
        {
            return Skip("several_answers");
        }

        var index = given.Length == 1 && char.IsAsciiLetter(given[0]) ? char.ToUpperInvariant(given[0]) - 'A'
            : int.TryParse(given, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var number) ? number
            : choices.ToList().IndexOf(given);
        return index >= 0 && index < choices.Count ? new ExamQuestion(question.Trim(), choices, index) : Skip("bad_row");
    }
}
