using Studio.Data.Jobs;

namespace Studio.Data.Evaluation;

/// <summary>Everything an evaluation needs, as <c>spec.json</c> of its folder. Relative paths are relative to that folder.</summary>
public sealed record EvaluationSpec
{
    public int SchemaVersion { get; init; } = 1;

    public required string EvaluationId { get; init; }

    public required ModelReference BaseModel { get; init; }

    /// <summary>PEFT folder that is evaluated; null evaluates the base.</summary>
    public string? AdapterPath { get; init; }

    /// <summary>The base that a model with weights of its own began from (full fine-tuning); null where the base is what lies under the adapter.</summary>
    public ModelReference? ReferenceModel { get; init; }

    /// <summary>True also runs the base on the same items (or reads its cached answers), so that every number comes with its difference.</summary>
    public bool CompareWithBase { get; init; } = true;

    public required IReadOnlyList<SuiteUse> Suites { get; init; }

    /// <summary>Who judges in the suites that need it; null lets the base model itself judge.</summary>
    public JudgeUse? Judge { get; init; }

    public int Seed { get; init; } = 42;

    public string Device { get; init; } = "auto";

    public string BaseType { get; init; } = "auto";

    /// <summary>Folder of answers by content hash, shared by all evaluations of an installation; null caches nothing.</summary>
    public string? CacheFolder { get; init; }
}

/// <summary>A judge: an OpenAI-compatible endpoint, or another model on disk. Neither: the base model under evaluation.</summary>
public sealed record JudgeUse
{
    /// <summary>Address up to and with <c>/v1</c>.</summary>
    public string? BaseUrl { get; init; }

    /// <summary>Model name at the endpoint.</summary>
    public string? Model { get; init; }

    /// <summary>Name of the environment variable that holds the key; the key itself is never stored.</summary>
    public string? ApiKeyVariable { get; init; }

    /// <summary>Hugging Face folder or GGUF file of a local judge.</summary>
    public string? ModelPath { get; init; }
}

/// <summary>A suite in an evaluation.</summary>
/// <param name="Suite">Name in <see cref="EvaluationSuites"/>.</param>
public sealed record SuiteUse(string Suite)
{
    /// <summary>Items as JSON lines; null takes those that the suite brings.</summary>
    public string? Items { get; init; }

    /// <summary>Evaluates only the first so many items after shuffling by the seed; null takes all.</summary>
    public int? Limit { get; init; }

    /// <summary>Few-shot examples put before each question, where the suite has them.</summary>
    public int Shots { get; init; }

    /// <summary>Tokens an answer may have; null takes the suite's own.</summary>
    public int? MaxTokens { get; init; }
}
