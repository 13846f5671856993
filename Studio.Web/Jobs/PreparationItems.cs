using System.Text;
using System.Text.Json.Nodes;
using Studio.Data;
using Studio.Data.Datasets;
using Studio.Data.Files;
using Studio.Data.Store;
using Studio.Data.Validation;

namespace Studio.Web.Jobs;

/// <summary>Uploaded prompts of a preparation: JSON lines, JSON or CSV with the fields of the kind become the JSON lines that the trainer reads.</summary>
public sealed class PreparationItems(StudioDatabase database, DatasetLibrary datasets)
{
    // Names that people give the columns, by the name the trainer knows.
    private static readonly Dictionary<string, string[]> Names = new(StringComparer.Ordinal)
    {
        ["harmful"] = ["trap", "harmful_prompt", "unsafe", "陷阱"],
        ["harmless"] = ["look_alike", "lookalike", "benign", "benign_prompt", "safe", "无害"],
        ["prompt"] = ["text", "instruction", "提示", "提问"],
        ["question"] = ["query", "ask", "问题"],
        ["wanted"] = ["behaviour", "behavior", "期望"],
        ["answer"] = ["response", "reply", "refusal", "completion", "回答", "答案"],
        ["answers"] = ["accepted_answers", "targets"],
        ["passage"] = ["context", "document", "原文", "段落"],
        ["category"] = ["topic", "type", "类别"],
        ["language"] = ["lang", "语言"],
    };

    private static readonly string[] Wanted = ["refuse", "answer", "abstain"];

    /// <summary>Rows of a file by what they are; problems when it cannot be used.</summary>
    public Outcome<int> Count(string fileId, string kind)
    {
        try
        {
            return Rows(fileId, kind).Count();
        }
        catch (ProblemException refused)
        {
            return refused.Problem;
        }
    }

    /// <summary>Writes the prompts of a file as JSON lines.</summary>
    /// <exception cref="ProblemException">The file is gone, or a row lacks its prompt; the problem names the line.</exception>
    public async Task WriteAsync(string fileId, string kind, string path, CancellationToken cancellation)
    {
        var writer = new StreamWriter(path, append: false, new UTF8Encoding(false)) { NewLine = "\n" };
        await using (writer.ConfigureAwait(false))
        {
            foreach (var row in Rows(fileId, kind))
            {
                await writer.WriteLineAsync(row.ToJsonString(StudioJson.Options).AsMemory(), cancellation);
            }
        }
    }

    private IEnumerable<JsonObject> Rows(string fileId, string kind)
    {
        var file = database.Files.Get(fileId) ?? throw new ProblemException(Refusals.Missing("file", fileId, "file_ids"));
        using var input = TextInput.Open(() => datasets.OpenFile(fileId), file.FileName);
        var reader = FileReaders.For(input.Head) ?? throw Wrong(file, null, "This is no file of prompts.", "Upload JSON lines or CSV.");
        var any = false;
        foreach (var item in reader.Read(input))
        {
            if (item.Problem is { } problem)
            {
                throw new ProblemException(problem with { File = file.FileName });
            }

            var row = Shape(item.Row!.Value, kind);
            if (row is null)
            {
                throw Wrong(file, item.Row.Line, "The row has no prompt.", Expected(kind));
            }

            if (Text(row, "wanted") is { } wanted && !Wanted.Contains(wanted))
            {
                throw Wrong(file, item.Row.Line, $"\"wanted\" is \"{wanted}\".", $"Write one of: {string.Join(", ", Wanted)}.");
            }

            any = true;
            yield return row;
        }

        if (!any)
        {
            throw Wrong(file, null, "The file has no row.", Expected(kind));
        }
    }

    /// <summary>The row with the names the trainer knows; null without a prompt. A plain line of text is a trap to refuse, or a question.</summary>
    private static JsonObject? Shape(JsonNode? value, string kind)
    {
        if (value is JsonValue plain && plain.TryGetValue<string>(out var line) && !string.IsNullOrWhiteSpace(line))
        {
            return kind == "refusal" ? new JsonObject { ["prompt"] = line.Trim() } : new JsonObject { ["question"] = line.Trim() };
        }

        if (value is not JsonObject fields)
        {
            return null;
        }

        var row = new JsonObject();
        foreach (var (name, node) in fields)
        {
            var known = Names.FirstOrDefault(n => n.Key == name || (!fields.ContainsKey(n.Key) && n.Value.Contains(name, StringComparer.OrdinalIgnoreCase))).Key ?? name;
            if (node is not null && !(node is JsonValue text && text.TryGetValue<string>(out var empty) && string.IsNullOrWhiteSpace(empty)))
            {
                row.TryAdd(known, node.DeepClone());
            }
        }

        // What one kind calls a prompt the other calls a question.
        var (wanted, other) = kind == "refusal" ? ("prompt", "question") : ("question", "prompt");
        if (!row.ContainsKey(wanted) && row[other] is { } asked && !row.ContainsKey("harmful"))
        {
            row.Remove(other);
            row[wanted] = asked.DeepClone();
        }

        if (kind != "refusal" && Text(row, "answers") is { } listed)
        {
            row["answers"] = new JsonArray([.. listed.Split('|', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(a => JsonValue.Create(a))]);
        }
        else if (kind != "refusal" && !row.ContainsKey("answers") && Text(row, "answer") is { } answer)
        {
            row["answers"] = new JsonArray(answer);
        }

        return Text(row, wanted) is not null || (kind == "refusal" && Text(row, "harmful") is not null) ? row : null;
    }

    private static string? Text(JsonObject row, string name) => row[name] is JsonValue value && value.TryGetValue<string>(out var text) && !string.IsNullOrWhiteSpace(text) ? text : null;

    private static string Expected(string kind) => kind switch
    {
        "refusal" => "Give \"harmful\" and \"harmless\", or \"prompt\" with \"wanted\" (refuse or answer).",
        "grounded" => "Give \"question\", \"passage\" and \"answer\".",
        _ => "Give \"question\" and \"answers\".",
    };

    private static ProblemException Wrong(UploadedFile file, int? line, string message, string remedy) =>
        new(new Problem("bad_item", Severity.Fatal, line is { } at ? FormattableString.Invariant($"{file.FileName}, line {at}: {message}") : $"{file.FileName}: {message}", remedy) { Field = "file_ids", File = file.FileName, Line = line });
}
