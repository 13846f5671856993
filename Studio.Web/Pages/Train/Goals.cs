using Studio.Data.Datasets;
using Studio.Data.Preparation;
using Studio.Data.Recipes;

namespace Studio.Web.Pages.Train;

/// <summary>What is known of the data when a goal chooses its defaults.</summary>
/// <param name="LongestTokens">Estimated length of the longest usual example.</param>
public sealed record DataSize(IReadOnlyList<ExampleKind> Kinds, long Rows, int LongestTokens);

/// <summary>What a person wants; it chooses the method that fits the data, and good defaults for its size.</summary>
/// <param name="Name">Stable name in recipes: facts, format, refuse, ...</param>
/// <param name="Methods">Kind of examples -> methods that serve the goal with it, the preferred one first.</param>
/// <param name="Defaults">Fills in the recipe.</param>
public sealed record Goal(string Name, IReadOnlyDictionary<ExampleKind, string[]> Methods, Func<Recipe, DataSize, Recipe> Defaults)
{
    private static readonly int[] Lengths = [128, 256, 512, 1024, 2048, 4096];

    /// <summary>Name of the preparation that builds the rows of this goal with the help of the base model; null where people bring their data.</summary>
    public string? Preparation { get; init; }

    public PreparationKind? PreparationKind => Preparation is null ? null : Preparations.Find(Preparation);

    /// <summary>Methods that can be chosen for the data: of a preparation every one that its rows can serve.</summary>
    public IReadOnlyList<MethodDescription> Choices(IReadOnlyList<ExampleKind> kinds, bool prepared) =>
        prepared && PreparationKind is { } kind ? [.. kind.Methods.Select(TrainingMethods.Find).OfType<MethodDescription>().Where(m => PreparedKinds.For(m) is not null)]
        : kinds.Count > 0 && kinds.All(Methods.ContainsKey) ? [.. Methods[kinds[0]].Select(TrainingMethods.Find).OfType<MethodDescription>().Where(m => kinds.All(m.Needs.Contains))]
        : [];

    /// <summary>Methods of this goal that this build has.</summary>
    public IReadOnlyList<MethodDescription> Available => [.. Methods.Values.SelectMany(m => m).Distinct(StringComparer.Ordinal).Select(TrainingMethods.Find).OfType<MethodDescription>()];

    /// <summary>The method for the data, null when none of this goal can use all of it.</summary>
    public MethodDescription? MethodFor(IReadOnlyList<ExampleKind> kinds) =>
        kinds.Count == 0 ? Available.FirstOrDefault()
        : kinds.All(Methods.ContainsKey)
            ? Methods[kinds[0]].Select(TrainingMethods.Find).OfType<MethodDescription>().FirstOrDefault(m => kinds.All(k => Methods[k].Contains(m.Name) && m.Needs.Contains(k)))
            : null;

    /// <summary>Good defaults for the data; the method that fits it best, or the one that is named.</summary>
    public Recipe Recipe(DataSize data, string? method = null)
    {
        var recipe = new Recipe { Name = Name, Goal = Name, Method = method ?? (MethodFor(data.Kinds) ?? Available[0]).Name };
        return Defaults(recipe with { Data = recipe.Data with { MaxLength = LengthFor(data.LongestTokens) }, Evaluation = recipe.Evaluation with { ScoreAfterTraining = true } }, data);
    }

    /// <summary>The recipe that comes with Studio for this goal and method where there is one, else the defaults.</summary>
    public Recipe Recipe(DataSize data, string? method, IReadOnlyList<Recipe> shipped)
    {
        var own = Recipe(data, method);
        return Preparation is not null && shipped.FirstOrDefault(r => r.Goal == Name && r.Method == own.Method) is { } known
            ? known with { Evaluation = known.Evaluation with { ScoreAfterTraining = true } }
            : own;
    }

    /// <summary>The next usual length that holds the longest example.</summary>
    internal static int LengthFor(int tokens) => Lengths.FirstOrDefault(l => l >= tokens, Lengths[^2]);
}

/// <summary>The list of goals. One whose methods are not in this build is not offered.</summary>
public static class Goals
{
    private const int FewRows = 300;
    private const int SomeRows = 1500;

    private static readonly string[] Sft = ["sft"];

    public static IReadOnlyList<Goal> All { get; } =
    [
        new("facts", Answers(), Facts),
        new("format", Answers(), (recipe, data) => recipe with
        {
            Lora = recipe.Lora with { R = 8, LoraAlpha = 16, LoraDropout = 0.05 },
            Optimization = recipe.Optimization with { NumTrainEpochs = 3, LearningRate = 3e-4, PerDeviceTrainBatchSize = Batch(data) },
            Evaluation = recipe.Evaluation with { EarlyStoppingPatience = 3, LoadBestModelAtEnd = true },
        }),
        new("refuse", new Dictionary<ExampleKind, string[]> { [ExampleKind.Chat] = Sft, [ExampleKind.Completion] = Sft, [ExampleKind.Preference] = ["orpo", "dpo"], [ExampleKind.Feedback] = ["kto"], [ExampleKind.Prompt] = ["grpo", "ppo"] }, (recipe, data) =>
            recipe.Method == "sft"
                ? recipe with { Optimization = recipe.Optimization with { NumTrainEpochs = 2, PerDeviceTrainBatchSize = Batch(data), WarmupRatio = 0.05 }, Data = recipe.Data with { ValidationShare = 0.05 } }
                : Gentle(recipe, data)) { Preparation = "refusal" },
        new("know", Prepared(), Gradual) { Preparation = "known_facts" },
        new("document", Prepared(), Gradual) { Preparation = "grounded" },
        new("prefer", new Dictionary<ExampleKind, string[]> { [ExampleKind.Preference] = ["dpo", "orpo", "cpo"], [ExampleKind.Feedback] = ["kto", "bco"] }, Gentle),
        new("pretrain", new Dictionary<ExampleKind, string[]> { [ExampleKind.Text] = ["pretrain", "sft"] }, (recipe, data) => recipe with
        {
            Lora = recipe.Lora with { R = 32, LoraAlpha = 32, UseRslora = true },
            Optimization = recipe.Optimization with { LrSchedulerType = "linear", PerDeviceTrainBatchSize = Math.Min(2, Batch(data)) },
            Data = recipe.Data with { MaxLength = 512, PackingStrategy = "wrapped", AssistantOnlyLoss = false, ValidationShare = 0.05 },
        }),
        new("reason", new Dictionary<ExampleKind, string[]> { [ExampleKind.Chat] = Sft, [ExampleKind.Completion] = Sft, [ExampleKind.Prompt] = ["grpo"] }, (recipe, data) => recipe.Method == "sft"
            ? recipe with { Optimization = recipe.Optimization with { PerDeviceTrainBatchSize = Batch(data) }, Data = recipe.Data with { MaxLength = Math.Max(1024, recipe.Data.MaxLength) }, Evaluation = recipe.Evaluation with { SampleMaxTokens = 160 } }
            : Gentle(recipe, data)),
        new("judge", new Dictionary<ExampleKind, string[]> { [ExampleKind.Preference] = ["reward"], [ExampleKind.Stepwise] = ["prm"] }, Judge),
    ];

    /// <summary>Goals that people can choose: one whose rows are prepared needs its preparation too.</summary>
    public static IReadOnlyList<Goal> Offered => [.. All.Where(g => g.Available.Count > 0 && (g.Preparation is null || g.PreparationKind is not null))];

    /// <summary>Settings that a later stage of a run begins with: the shipped recipe for the goal and method, else gentle steps, as the model already answers.</summary>
    public static Recipe Stage(string goal, string method, DataSize data, IReadOnlyList<Recipe> shipped)
    {
        var recipe = shipped.FirstOrDefault(r => r.Goal == goal && r.Method == method) ?? Gentle(new Recipe { Method = method, Data = new DataOptions { MaxLength = Goal.LengthFor(data.LongestTokens) } }, data);
        return recipe with { Name = method, Goal = goal, Lora = new LoraOptions(), Stages = [] };
    }

    public static Goal? Find(string name) => All.FirstOrDefault(g => g.Name == name);

    private static Dictionary<ExampleKind, string[]> Answers() => new() { [ExampleKind.Chat] = Sft, [ExampleKind.Completion] = Sft, [ExampleKind.Text] = Sft };

    private static Dictionary<ExampleKind, string[]> Prepared() => new() { [ExampleKind.Chat] = Sft, [ExampleKind.Completion] = Sft, [ExampleKind.Preference] = ["dpo"], [ExampleKind.Feedback] = ["kto"], [ExampleKind.Prompt] = ["grpo", "ppo"] };

    private static Recipe Gradual(Recipe recipe, DataSize data) => recipe.Method == "sft"
        ? recipe with { Optimization = recipe.Optimization with { NumTrainEpochs = 2, PerDeviceTrainBatchSize = Batch(data), WarmupRatio = 0.05 }, Data = recipe.Data with { ValidationShare = 0.05 } }
        : Gentle(recipe, data);

    // Facts in little data are learnt by heart: many passes with large steps. Large data teaches more by breadth.
    private static Recipe Facts(Recipe recipe, DataSize data) => recipe with
    {
        Optimization = recipe.Optimization with
        {
            NumTrainEpochs = data.Rows <= FewRows ? 8 : data.Rows <= SomeRows ? 5 : 3,
            LearningRate = data.Rows <= FewRows ? 8e-4 : data.Rows <= SomeRows ? 4e-4 : 2e-4,
            PerDeviceTrainBatchSize = Batch(data),
            WarmupRatio = 0.05,
        },
        Data = recipe.Data with { MaxLength = Math.Max(256, recipe.Data.MaxLength), ValidationShare = data.Rows <= FewRows ? 0.05 : 0.1 },
        Evaluation = recipe.Evaluation with { SampleMaxTokens = 32 },
    };

    // Preferences move a model that already answers: small steps, one or two passes.
    private static Recipe Gentle(Recipe recipe, DataSize data) => recipe with
    {
        Optimization = recipe.Optimization with { NumTrainEpochs = data.Rows <= SomeRows ? 2 : 1, LearningRate = 5e-5, PerDeviceTrainBatchSize = Math.Min(2, Batch(data)), GradientAccumulationSteps = 4, WarmupRatio = 0.1 },
        Data = recipe.Data with { Packing = false },
    };

    // A judge writes nothing, so there is nothing to sample; the measured accuracy decides which checkpoint stays.
    private static Recipe Judge(Recipe recipe, DataSize data)
    {
        var gentle = Gentle(recipe, data);
        return gentle with
        {
            Optimization = gentle.Optimization with { LearningRate = 1e-4 },
            Evaluation = gentle.Evaluation with { SampleCount = 0, LoadBestModelAtEnd = true },
        };
    }

    private static int Batch(DataSize data) => data.Rows <= FewRows ? 1 : data.Rows <= SomeRows ? 2 : 4;
}
