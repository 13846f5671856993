using Studio.Data.Datasets;
using Studio.Data.Recipes;
using Studio.Data.Registry;
using Studio.Data.Store;
using Studio.Data.Validation;
using Studio.Web.Registry;

namespace Studio.Web.Jobs;

/// <summary>What must hold before a job is queued; everything that does not is reported at once.</summary>
internal static class JobRules
{
    public static IReadOnlyList<Problem> Check(JobRequest request, StudioDatabase database)
    {
        List<Problem> problems = [.. request.Recipe.Validate()];
        problems.AddRange(NamedModels.Check(request.Recipe, request.BaseModelId, database));
        problems.AddRange(Labels(request.Name, request.Metadata));
        if (request.Suffix is { } suffix && (suffix.Length is 0 or > 64 || suffix.Any(c => char.IsControl(c) || c is ':' or '/')))
        {
            problems.Add(Refusals.Invalid("suffix", "The suffix is not 1 to 64 characters without colon and slash.", "Use letters, digits, dashes."));
        }

        BaseModel(request, database, problems);
        if (request.Data.Count == 0 && request.TrainingFileId is null)
        {
            problems.Add(Refusals.Invalid("data", "No data was chosen.", "Choose at least one dataset version."));
        }

        problems.AddRange(JobStages.Check(request.Recipe, request.Data, database));
        foreach (var use in request.Data)
        {
            Version(use.DatasetVersionId, "data", request.Recipe.Method, database, problems);
            if (!double.IsFinite(use.Weight) || use.Weight is <= 0 or > 1000)
            {
                problems.Add(Refusals.Invalid("data.weight", $"The weight of {use.DatasetVersionId} is out of range.", "Use a number above 0, at most 1000."));
            }
        }

        if (request.Data.Select(d => d.DatasetVersionId).Distinct(StringComparer.Ordinal).Count() < request.Data.Count)
        {
            problems.Add(Refusals.Invalid("data", "A dataset version was chosen twice.", "Choose it once and raise its weight."));
        }

        if (request.ValidationVersionId is { } validation)
        {
            Version(validation, "validation_version_id", request.Recipe.Method, database, problems);
        }

        File(request.TrainingFileId, "training_file", database, problems);
        File(request.ValidationFileId, "validation_file", database, problems);
        return problems;
    }

    /// <summary>Why a version cannot be used by a method; null when it can.</summary>
    public static Problem? Unusable(DatasetVersion version, string method, string field)
    {
        if (version.State != DatasetState.Ready)
        {
            return version.State switch
            {
                DatasetState.Importing => Refusals.Invalid(field, $"{version.FileName} is still being imported.", "Wait until the import has ended."),
                DatasetState.NeedsChoice => Refusals.Invalid(field, $"The format of {version.FileName} is not certain.", "Choose the format and columns of the dataset first."),
                _ => Refusals.Invalid(field, version.Refusal ?? $"{version.FileName} could not be imported.", "Correct the file and upload it again."),
            };
        }

        if (version.ValidRows == 0)
        {
            return Refusals.Invalid(field, $"{version.FileName} has no usable example.", "See the problems of the dataset.");
        }

        return TrainingMethods.Find(method) is { } known && version.Kind is { } kind && !known.Needs.Contains(kind)
            ? Refusals.Invalid(field, $"{known.Title} cannot use {Words(kind)}, which is what {version.FileName} holds.", $"It needs {string.Join(" or ", known.Needs.Select(Words))}. Choose other data or another method.")
            : null;
    }

    private static string Words(ExampleKind kind) => kind switch
    {
        ExampleKind.Chat => "conversations",
        ExampleKind.Completion => "prompts with completions",
        ExampleKind.Text => "plain text",
        ExampleKind.Preference => "preference pairs",
        ExampleKind.Feedback => "rated answers",
        ExampleKind.Stepwise => "solutions judged step by step",
        _ => "prompts",
    };

    /// <summary>What is wrong with the name and the metadata of a request for a job of any kind.</summary>
    public static IEnumerable<Problem> Labels(string name, IReadOnlyDictionary<string, string>? metadata = null)
    {
        if (name.Length > 100 || name.Any(char.IsControl))
        {
            yield return Refusals.Invalid("name", "The name is too long or has control characters.", "Use at most 100 printable characters.");
        }

        if (metadata is { Count: > 16 } || metadata?.Any(m => m.Key.Length is 0 or > 64 || m.Value.Length > 512) == true)
        {
            yield return Refusals.Invalid("metadata", "The metadata is too large.", "At most 16 pairs; keys up to 64, values up to 512 characters.");
        }
    }

    /// <summary>Why a base model cannot be used yet; null when it can.</summary>
    public static Problem? NotReady(BaseModel model, string field) => model.State == BaseModelState.Ready
        ? null
        : Refusals.Invalid(field, $"The base model {model.Name} is not ready: {model.Problem ?? "it is being inspected"}.", "See Models.");

    private static void BaseModel(JobRequest request, StudioDatabase database, List<Problem> problems)
    {
        var model = database.BaseModels.Get(request.BaseModelId);
        if (model is null)
        {
            problems.Add(Refusals.Missing("base model", request.BaseModelId, "model"));
            return;
        }

        if (NotReady(model, "model") is { } problem)
        {
            problems.Add(problem);
        }

        if (request.StartAdapterId is not { } start)
        {
            return;
        }

        if (database.Adapters.Get(start) is not { } adapter)
        {
            problems.Add(Refusals.Missing("adapter", start, "start_adapter_id"));
        }
        else if (adapter.BaseModelId != model.Id)
        {
            problems.Add(Refusals.Invalid("start_adapter_id", $"The adapter {adapter.Name} belongs to another base model.", "Choose an adapter of the same base model."));
        }
        else if (adapter.Kind == AdapterLibrary.Full || !request.Recipe.Lora.Enabled)
        {
            problems.Add(new Problem("start_full", Severity.Fatal, "Full fine-tuning neither begins with an adapter nor leaves one to go on from.", "Choose an adapter (LoRA) and leave LoRA on, or start afresh.") { Field = "start_adapter_id" });
        }
        else if (adapter.Kind == "reward" && request.Recipe.Method is not ("reward" or "prm"))
        {
            problems.Add(Refusals.Invalid("start_adapter_id", $"The adapter {adapter.Name} scores answers and does not write them.", "Choose an adapter that answers, or start a fresh one."));
        }
    }

    private static void Version(string id, string field, string method, StudioDatabase database, List<Problem> problems)
    {
        if (database.DatasetVersions.Get(id) is not { } version)
        {
            problems.Add(Refusals.Missing("dataset version", id, field));
        }
        else if (Unusable(version, method, field) is { } problem)
        {
            problems.Add(problem);
        }
    }

    private static void File(string? id, string field, StudioDatabase database, List<Problem> problems)
    {
        if (id is null)
        {
            return;
        }

        if (database.Files.Get(id) is not { } file)
        {
            problems.Add(Refusals.Missing("file", id, field));
        }
        else if (file.Purpose != "fine-tune")
        {
            problems.Add(Refusals.Invalid(field, $"The file {id} has the purpose \"{file.Purpose}\".", "Upload it with the purpose \"fine-tune\"."));
        }
    }
}
