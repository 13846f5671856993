using System.Text.Json;
using System.Text.Json.Nodes;
using Studio.Data.Datasets;
using Studio.Data.Recipes.Methods;
using Studio.Data.Validation;

namespace Studio.Data.Recipes;

/// <summary>A training method as recipes name it: its options record and the examples it can use. The objective itself lives in the trainer.</summary>
public sealed record MethodDescription(string Name, string Title, string Summary, IReadOnlyList<ExampleKind> Needs, Type OptionsType)
{
    /// <summary>Reads the options; missing ones take their defaults.</summary>
    /// <exception cref="JsonException">An unknown name or a wrong type.</exception>
    public object Read(JsonObject options) => options.Deserialize(OptionsType, Strict)!;

    public IReadOnlyList<Problem> Validate(JsonObject options)
    {
        try
        {
            var read = Read(options);
            var fit = read is IOptionChecks own ? own.Check().Select(p => p with { Field = $"method_options.{p.Field}" }) : [];
            return [.. OptionSchema.Validate(read, "method_options"), .. fit];
        }
        catch (JsonException fault)
        {
            return [new Problem("bad_option", Severity.Fatal, $"method_options: {fault.Message}", $"{Name} knows: {string.Join(", ", OptionSchema.Of(OptionsType).Select(f => f.Name))}.") { Field = "method_options" }];
        }
    }

    private static readonly JsonSerializerOptions Strict = new(StudioJson.Options) { UnmappedMemberHandling = System.Text.Json.Serialization.JsonUnmappedMemberHandling.Disallow };
}

/// <summary>The list of training methods: a new one is a record in Methods/ and a line here.</summary>
public static class TrainingMethods
{
    public static IReadOnlyList<MethodDescription> All { get; } =
    [
        new("sft", "Supervised fine-tuning", "Learns to answer as the examples do.", [ExampleKind.Chat, ExampleKind.Completion, ExampleKind.Text], typeof(SftOptions)),
        new("pretrain", "Continued pretraining", "Reads plain text and learns how it goes on.", [ExampleKind.Text], typeof(PretrainOptions)),
        new("dpo", "Direct preference optimisation", "Learns to prefer the better of two answers, compared with how it began.", [ExampleKind.Preference], typeof(DpoOptions)),
        new("orpo", "Odds-ratio preference optimisation", "Learns the better answer and the preference in one step, without a reference.", [ExampleKind.Preference], typeof(OrpoOptions)),
        new("cpo", "Contrastive preference optimisation (SimPO)", "Widens the margin between two answers, without a reference.", [ExampleKind.Preference], typeof(CpoOptions)),
        new("kto", "Kahneman-Tversky optimisation", "Learns from single answers that somebody marked as good or bad.", [ExampleKind.Feedback], typeof(KtoOptions)),
        new("bco", "Binary classifier optimisation", "Learns from answers marked as good or bad, as a judge would sort them.", [ExampleKind.Feedback], typeof(BcoOptions)),
        new("gkd", "Generalised knowledge distillation", "Imitates another adapter or a larger model, word by word.", [ExampleKind.Chat, ExampleKind.Completion], typeof(GkdOptions)),
        new("reward", "Reward model", "Learns to score answers, so that later jobs and evaluations can use it as a judge.", [ExampleKind.Preference], typeof(RewardOptions)),
        new("prm", "Process reward model", "Learns to judge every step of a solution.", [ExampleKind.Stepwise], typeof(ProcessRewardOptions)),
        new("grpo", "Group relative policy optimisation", "Answers each prompt several times and learns from the answers that rewards find better than the others.", [ExampleKind.Prompt, ExampleKind.Completion, ExampleKind.Chat], typeof(GrpoOptions)),
        new("rloo", "REINFORCE leave-one-out", "Answers each prompt several times; every answer is compared with the mean of the others.", [ExampleKind.Prompt, ExampleKind.Completion, ExampleKind.Chat], typeof(RlooOptions)),
        new("ppo", "Proximal policy optimisation", "Answers prompts while a critic learns what answers are worth; rewards judge them.", [ExampleKind.Prompt, ExampleKind.Completion, ExampleKind.Chat], typeof(PpoOptions)),
    ];

    public static MethodDescription? Find(string name) => All.FirstOrDefault(m => m.Name == name);
}
