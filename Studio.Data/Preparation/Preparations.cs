using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Studio.Data.Recipes;
using Studio.Data.Validation;

namespace Studio.Data.Preparation;

/// <summary>A kind of preparation as pages and specs name it: builds training rows with the help of the base model. The builder lives in the trainer under the same name.</summary>
/// <param name="Name">Stable, snake_case.</param>
/// <param name="Methods">Training methods that the rows serve, the default first (<see cref="TrainingMethods"/>).</param>
public sealed record PreparationKind(string Name, string Title, string Summary, IReadOnlyList<string> Methods, Type OptionsType)
{
    private static readonly JsonSerializerOptions Strict = new(StudioJson.Options) { UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow };

    /// <summary>True when the kind brings prompts of its own; false needs a file.</summary>
    public bool HasItems { get; init; }

    /// <summary>Reads the options; missing ones take their defaults.</summary>
    /// <exception cref="JsonException">An unknown name or a wrong type.</exception>
    public object Read(JsonObject options) => options.Deserialize(OptionsType, Strict)!;

    public IReadOnlyList<Problem> Validate(JsonObject options)
    {
        try
        {
            return OptionSchema.Validate(Read(options), "options");
        }
        catch (JsonException fault)
        {
            return [new Problem("bad_option", Severity.Fatal, $"options: {fault.Message}", $"{Name} knows: {string.Join(", ", OptionSchema.Of(OptionsType).Select(f => f.Name))}.") { Field = "options" }];
        }
    }
}

/// <summary>The list of preparations: a new one is a line here and a builder of the same name in the trainer.</summary>
public static class Preparations
{
    public static IReadOnlyList<PreparationKind> All { get; } =
    [
        new("refusal", "Refuse traps", "Traps with refusals, harmless look-alikes and ordinary prompts with the model's own answers.", ["orpo", "sft", "dpo", "kto", "grpo", "ppo"], typeof(RefusalOptions)) { HasItems = true },
        new("known_facts", "Say only what you know", "Questions with answers; what the model does not know becomes an abstention in your words.", ["sft", "dpo", "kto"], typeof(KnownFactsOptions)) { HasItems = true },
        new("grounded", "Answer from the document", "Questions about passages, answered with the quoted place or with \"not stated\".", ["sft", "dpo", "kto"], typeof(GroundedOptions)) { HasItems = true },
    ];

    public static PreparationKind? Find(string name) => All.FirstOrDefault(k => k.Name == name);
}
