using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Studio.Data;
using Studio.Data.Datasets;
using Studio.Data.Evaluation;
using Studio.Data.Evaluation.Exams;
using Studio.Data.Examples;
using Studio.Data.Files;
using Studio.Data.Jobs;
using Studio.Data.Store;
using Studio.Data.Validation;

namespace Studio.Web.Jobs;

/// <summary>
/// Where the items of a suite come from when they are not its own: an uploaded file (JSON lines, JSON, CSV) with the suite's fields, a dataset version whose
/// examples have what the suite asks for, or the examples that a training held back.
/// </summary>
public sealed class SuiteItemSources(StudioDatabase database, DatasetLibrary datasets, StudioPaths paths)
{
    private const string Exam = "exam";

    /// <summary>Suites that can be asked from ordinary examples.</summary>
    public static IReadOnlyList<string> FromExamples { get; } = ["question_answering", "generation_overlap", "stop_rate", "perplexity", "last_word", "math_answer", "hallucination"];

    /// <summary>What keeps a source from being used by a suite; empty when nothing does.</summary>
    public IReadOnlyList<Problem> Check(EvaluationSuite suite, string source)
    {
        try
        {
            // A file may be wrong in any line; examples were checked when they were imported.
            var rows = Rows(suite, source);
            return (database.Files.Get(source) is null ? rows.Any() : rows.Count() > 0) ? [] : [Refusals.Invalid("suites.items", $"{NameOf(source)} has no item for the suite {suite.Name}.", $"An item needs {string.Join(", ", suite.ItemFields)}.")];
        }
        catch (ProblemException refused)
        {
            return [refused.Problem with { Field = refused.Problem.Field ?? "suites.items" }];
        }
    }

    /// <summary>Items in a source; 0 where it does not fit the suite.</summary>
    public int CountOf(string suite, string source)
    {
        try
        {
            // Development questions of an exam are examples, not asked themselves.
            return EvaluationSuites.Find(suite) is { } known ? Rows(known, source).Count(row => suite != Exam || row["split"]?.ToString() != "dev") : 0;
        }
        catch (ProblemException)
        {
            return 0;
        }
    }

    /// <summary>What a source is called.</summary>
    public string NameOf(string source)
    {
        if (database.DatasetVersions.Get(source) is { } version)
        {
            return $"{database.Datasets.Get(version.DatasetId)?.Name ?? version.FileName} v{version.Number}";
        }

        return database.Files.Get(source)?.FileName ?? database.Jobs.Get(source)?.Name ?? source;
    }

    /// <summary>Writes the items as JSON lines.</summary>
    /// <exception cref="ProblemException">The source is gone or does not fit; the problem names line and field.</exception>
    public async Task WriteAsync(EvaluationSuite suite, string source, string path, CancellationToken cancellation)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var writer = new StreamWriter(path + ".partial", append: false, new UTF8Encoding(false));
        await using (writer.ConfigureAwait(false))
        {
            foreach (var row in Rows(suite, source))
            {
                await writer.WriteLineAsync(row.ToJsonString(StudioJson.Options).AsMemory(), cancellation);
            }
        }

        File.Move(path + ".partial", path, overwrite: true);
    }

    private IEnumerable<JsonObject> Rows(EvaluationSuite suite, string source)
    {
        if (database.Files.Get(source) is { } file)
        {
            return suite.Name == Exam ? FromExam(file) : FromFile(suite, file);
        }

        if (database.DatasetVersions.Get(source) is { } version)
        {
            return version.State == DatasetState.Ready
                ? FromExamplesOf(suite, datasets.Read(version.Id))
                : throw new ProblemException(Refusals.Invalid("suites.items", $"{version.FileName} is not ready.", "Wait until the import has ended, or choose another version."));
        }

        if (database.Jobs.Get(source) is { } job)
        {
            return FromExamplesOf(suite, HeldBack(paths.Job(job.Id)));
        }

        throw new ProblemException(Refusals.Missing("file or dataset version", source, "suites.items"));
    }

    private IEnumerable<JsonObject> FromFile(EvaluationSuite suite, UploadedFile file)
    {
        using var input = TextInput.Open(() => datasets.OpenFile(file.Id), file.FileName);
        var reader = FileReaders.For(input.Head) ?? throw Wrong(file.FileName, null, "This is no file of items.", "Upload JSON lines or CSV.");
        foreach (var item in reader.Read(input))
        {
            if (item.Problem is { } problem)
            {
                throw new ProblemException(problem with { File = file.FileName });
            }

            if (item.Row!.Value is not JsonObject row)
            {
                throw Wrong(file.FileName, item.Row.Line, "An item is an object with named fields.", $"Give {string.Join(", ", suite.ItemFields)}.");
            }

            var shaped = Shape(suite, (JsonObject)row.DeepClone());
            foreach (var field in suite.ItemFields.Where(f => shaped[f] is null))
            {
                throw Wrong(file.FileName, item.Row.Line, $"The field \"{field}\" is missing.", $"The suite {suite.Name} needs {string.Join(", ", suite.ItemFields)}; this row has {string.Join(", ", row.Select(p => p.Key).Take(12))}.");
            }

            yield return shaped;
        }
    }

    // The layouts in which exams are published say subject and split by the names of files and folders.
    private List<JsonObject> FromExam(UploadedFile file)
    {
        var scratch = paths.NewScratch("exam-");
        try
        {
            using (var content = datasets.OpenFile(file.Id))
            {
                ExamArchive.Unpack(content, file.FileName, scratch);
            }

            return [.. ExamImport.Read(scratch).Questions.Select(q => q.ToRow())];
        }
        catch (InvalidDataException fault)
        {
            throw new ProblemException(new Problem("bad_item", Severity.Fatal, fault.Message.Replace(Path.GetFileName(scratch), file.FileName, StringComparison.Ordinal), "Upload the exam's file, or a zip of its folder.") { Field = "suites.items", File = file.FileName });
        }
        finally
        {
            Directory.Delete(scratch, recursive: true);
        }
    }

    // CSV has only text: lists are written as JSON or with bars, choices often as columns A, B, C, D.
    private static JsonObject Shape(EvaluationSuite suite, JsonObject row)
    {
        if (suite.ItemFields.Contains("choices") && row["choices"] is null)
        {
            string[] letters = [.. "ABCDEFGHIJ".Select(c => c.ToString()).TakeWhile(c => row[c] is not null)];
            if (letters.Length > 1)
            {
                row["choices"] = new JsonArray([.. letters.Select(l => row[l]!.DeepClone())]);
            }
        }

        if (suite.ItemFields.Contains("answers") && row["answers"] is null && row["answer"] is { } answer)
        {
            row["answers"] = answer.DeepClone();
        }

        foreach (var field in suite.ItemFields.Where(f => f is "choices" or "answers" or "paraphrases" or "constraints"))
        {
            if (row[field] is JsonValue value && value.GetValueKind() == JsonValueKind.String)
            {
                row[field] = List(value.GetValue<string>());
            }
        }

        return row;
    }

    private static JsonNode List(string text)
    {
        var trimmed = text.Trim();
        if (trimmed.StartsWith('[') || trimmed.StartsWith('{'))
        {
            try
            {
                return JsonNode.Parse(trimmed)!;
            }
            catch (JsonException)
            {
                // It only looks like a list.
            }
        }

        return new JsonArray([.. trimmed.Split('|', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(p => (JsonNode)p)]);
    }

    private static IEnumerable<Example> HeldBack(JobFolder folder)
    {
        var path = Path.Combine(folder.Data, "validation.jsonl");
        return File.Exists(path)
            ? File.ReadLines(path).Where(l => l.Length > 0).Select(StudioJson.Deserialize<Example>)
            : throw new ProblemException(Refusals.Invalid("suites.items", "This training held no examples back.", "Choose a file or a dataset version."));
    }

    private static IEnumerable<JsonObject> FromExamplesOf(EvaluationSuite suite, IEnumerable<Example> examples)
    {
        if (!FromExamples.Contains(suite.Name))
        {
            throw new ProblemException(Refusals.Invalid("suites.items", $"The suite {suite.Name} cannot be asked from training examples.", $"Upload a file with the fields {string.Join(", ", suite.ItemFields)}."));
        }

        return examples.Select(e => Item(suite.Name, e)).OfType<JsonObject>();
    }

    /// <summary>Null where the example lacks a question or an answer.</summary>
    private static JsonObject? Item(string suite, Example example)
    {
        if (suite is "perplexity" or "last_word")
        {
            var text = string.Join('\n', ExampleTurns.Of(example).Where(t => t.IsAnswer && !t.Field.StartsWith("rejected", StringComparison.Ordinal)).Select(t => t.Message.Content));
            return text.Length > 0 ? new JsonObject { ["text"] = text } : null;
        }

        var question = ExampleTurns.PromptOf(example);
        var answer = example is PromptExample { Reference: { } reference } ? reference : ExampleTurns.Of(example).FirstOrDefault(t => t.IsAnswer && !t.Field.StartsWith("rejected", StringComparison.Ordinal))?.Message.Content;
        if (example is TextExample || question.Length == 0 || (string.IsNullOrEmpty(answer) && suite != "stop_rate"))
        {
            return null;
        }

        return suite switch
        {
            "stop_rate" => new JsonObject { ["prompt"] = question },
            "generation_overlap" => new JsonObject { ["prompt"] = question, ["reference"] = answer },
            "math_answer" => new JsonObject { ["question"] = question, ["answer"] = answer },
            _ => new JsonObject { ["question"] = question, ["answers"] = new JsonArray(answer) },
        };
    }

    private static ProblemException Wrong(string file, int? line, string message, string remedy) =>
        new(new Problem("bad_item", Severity.Fatal, line is { } at ? FormattableString.Invariant($"{file}, line {at}: {message}") : $"{file}: {message}", remedy) { Field = "suites.items", File = file, Line = line });
}
